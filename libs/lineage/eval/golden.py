"""Writes the figures that the library is held to: python3 libs/lineage/eval/golden.py"""
import json
from pathlib import Path
from reference import *

LIBS = Path(__file__).resolve().parents[2]
Z = f"{LIBS}/zoo/models/"
P = f"{LIBS}/zoo/pretrained/minilm/"
T=json.load(open(Z+'truth.json')); pairs=[]
def add(tree,a,b): pairs.append((f'models/{tree}/{a}.safetensors',f'models/{tree}/{b}.safetensors'))
for tree in ('ft/mae','ft/dino','lora-v/imagenet','lora-f/msn'):
    N=list(T[tree]); k=[m for m in N if T[tree][m]['parent']=='root']; g=[m for m in N if T[tree][m]['parent']==k[0]]
    add(tree,'root',k[0]); add(tree,k[0],g[0])
    if tree in('ft/mae',): add(tree,'root',g[0]); add(tree,g[1],k[1]); add(tree,k[2],'root')
add('sd-like','v1-1','v1-2'); add('sd-like','v1-3','v1-4'); add('llama-like','base','chat'); add('llama-like','code-instruct','code')
pairs.append(('models/ft/mae/root.safetensors','models/ft/dino/root.safetensors'))
for a,b in (('m04','m05'),('m00','m01'),('m09','m10'),('m06','m00')): pairs.append((f'pretrained/minilm/{a}.safetensors',f'pretrained/minilm/{b}.safetensors'))
plans={}; out=[]; R=f'{LIBS}/zoo/'
for a,b in pairs:
    A,B=sketch(R+a),sketch(R+b); c=compare(A,B); key=a.split('/')[1] if a.startswith('models') else 'minilm'
    kind='lora' if key.startswith('lora') else 'minilm' if key=='minilm' else 'vit'
    if kind not in plans:
        M={k:v for k,v in load(R+a).items() if 'encoder.layer.' in k}; p=plan({k:v[0].shape for k,v in M.items()}); plans[kind]=dict(tensors={k:dict(rowBegin=int(r[0]),rows=len(r),columns=[int(x) for x in cc]) for k,(r,cc) in p.items()})
        if A['embedding']: x=load(R+a)['embeddings.word_embeddings.weight'][0]; g=draw('emb'); ids=np.sort(g.permutation(len(x))[:1024]); cc=np.sort(g.choice(x.shape[1],8,replace=False)); plans[kind]['embedding']=dict(rows=[int(i) for i in ids],columns=[int(i) for i in cc])
    x,y,v,g=growth_rows(A,B); k0=sorted(A['tensors'])[0]; 
    out.append(dict(a=a,b=b,plan=kind,figures={k:(v if isinstance(v,str) else float(v)) for k,v in c.items()},steps=dict(rowsUsed=int((g>=0).sum()),restsUsed=int((g<0).sum()),x0=[float(t) for t in x[:3]],y0=[float(t) for t in y[:3]],variance0=[float(t) for t in v[:3]],xRest=[float(t) for t in x[g<0][:2]],yRest=[float(t) for t in y[g<0][:2]])))
# marginals: a small case by hand
cost=np.array([[0,1.,5.,4.],[2.,0,1.5,6.],[5.5,2.5,0,3.],[4.,7.,3.5,0]]); root=np.array([1.,4.,4.,3.])
trees={}
for tr in ('sd-like','llama-like','ft/mae'):
    names=list(T[tr]); S=[sketch(f'{Z}{tr}/{m}.safetensors') for m in names]; D,f,kin=compare_all(S); par,conf,Pm=recover(D,f,kin); trees[tr]=dict(models=names,parent=[None if p<0 else names[p] for p in par],confidence=[float(x) for x in conf])
names=[f'm{i:02d}' for i in range(16)]; S=[sketch(P+m+'.safetensors') for m in names]; par,conf,Pm=recover(*compare_all(S)); trees['minilm']=dict(models=names,parent=[None if p<0 else names[p] for p in par],confidence=[float(x) for x in conf])
json.dump(dict(plans=plans,pairs=out,marginals=dict(cost=cost.tolist(),root=root.tolist(),P=marginals(cost,root).tolist()),trees=trees,logNdtr={str(z):float(log_ndtr(z)) for z in(-40.,-8.,-3.,-1.,-.1,0.,.5,2.,6.)}),open(LIBS / 'lineage/src/evidence/golden/pairs.json','w'),indent=1)
