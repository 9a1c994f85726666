"""More families: other optimizers, schedules, number formats, checkpoints of one run, siblings on the same data, trainings back towards the base.

    python3 wild.py OUT SEED ROOTS <kind>/<family>...

ROOTS is a folder made by zoo.py, whose pretrained roots are used. Kinds: vit, wide (another width), gpt (tied embedding, text of this machine).
"""

import sys
import torch, torch.nn as nn, torch.nn.functional as F, numpy as np, json, os, time, struct, glob, re
from vit import ViT
import data
import zoo
from optimisers import mkopt, factor

torch.set_num_threads(1)


_txt = None


def corpora():
    global _txt
    if _txt is None:
        import subprocess

        src = {}
        lib = os.path.dirname(os.__file__)
        for n in (
            "asyncio",
            "email",
            "unittest",
            "json",
            "http",
            "xml",
            "logging",
            "ctypes",
            "tkinter",
            "encodings",
            "distutils",
            "importlib",
            "multiprocessing",
        ):
            fs = sorted(glob.glob(f"{lib}/{n}/**/*.py", recursive=True))[:60]
            t = " ".join(open(f, errors="ignore").read() for f in fs)
            if len(t) > 40000:
                src[n] = t[:600000]
        cur = {}
        secs = {}
        for line in subprocess.run(["apt-cache", "dumpavail"], capture_output=True, text=True).stdout.splitlines():
            m = re.match(r"(Section|Description|Description-en): (.*)", line)
            if m:
                if m[1] == "Section":
                    cur["s"] = m[2]
                else:
                    secs.setdefault(cur.get("s", "?"), []).append(m[2])
        for s in (
            "libs",
            "science",
            "python",
            "games",
            "doc",
            "admin",
            "fonts",
            "net",
            "sound",
            "editors",
            "web",
            "perl",
        ):
            if s in secs:
                src["deb-" + s] = " . ".join(secs[s])[:600000]
        tok = {n: re.findall(r"[A-Za-z]+|\d|[^\sA-Za-z\d]", t) for n, t in src.items()}
        from collections import Counter

        c = Counter()
        [c.update({w: k / len(v) for w, k in Counter(v).items()}) for v in tok.values()]
        vocab = [w for w, _ in c.most_common(2399)]
        ix = {w: i + 1 for i, w in enumerate(vocab)}
        _txt = {n: torch.tensor([ix.get(w, 0) for w in v]) for n, v in tok.items()}
    return _txt


class GPT(nn.Module):
    def __init__(s, d=64, h=4, L=3, V=2400, ctx=33):
        super().__init__()
        s.embeddings = nn.Module()
        s.embeddings.word_embeddings = nn.Embedding(V, d)
        s.embeddings.word_embeddings.weight.data.mul_(0.02 * 5)
        s.pos = nn.Parameter(torch.randn(1, ctx, d) * 0.02)
        from vit import Enc

        s.encoder = Enc(d, h, L)
        s.layernorm = nn.LayerNorm(d)
        s.d = d
        s.V = V
        for l in s.encoder.layer:
            l.attention.forward = None

    def att(s, a, x):
        B, N, D = x.shape
        f = lambda l: l(x).view(B, N, a.h, D // a.h).transpose(1, 2)
        return a.output.dense(
            F.scaled_dot_product_attention(
                f(a.attention.query), f(a.attention.key), f(a.attention.value), is_causal=True
            )
            .transpose(1, 2)
            .reshape(B, N, D)
        )

    def forward(s, i):
        x = s.embeddings.word_embeddings(i) + s.pos[:, : i.shape[1]]
        for l in s.encoder.layer:
            x = x + s.att(l.attention, l.layernorm_before(x))
            x = x + l.output.dense(F.gelu(l.intermediate.dense(l.layernorm_after(x))))
        return s.layernorm(x)


class Trainer:
    """Keeps optimizer state so that a run can be continued (checkpoints)."""

    def __init__(
        s,
        kind,
        sd,
        task,
        seed,
        opt="adamw",
        lr=3e-4,
        wd=0.01,
        bs=64,
        sched="linear",
        steps=90,
        mode="ft",
        rank=8,
        n=2000,
        dataseed=None,
        arch=None,
    ):
        torch.manual_seed(seed)
        s.kind = kind
        s.mode = mode
        s.sched = sched
        s.T = steps
        s.k = 0
        s.bs = bs
        s.task = task
        s.m = ViT(**arch) if kind == "vit" else GPT(**arch)
        if sd is not None:
            s.m.load_state_dict(sd)
        if kind == "vit":
            s.X, s.y = zoo.get(task, n, (1000 + data.TASKS.index(task)) if task in data.TASKS else 99)
            s.head = nn.Linear(s.m.d, int(s.y.max()) + 1)
        else:
            s.tok = corpora()[task.split(":")[0]]
            s.obj = task.split(":")[1]
            if s.obj == "cls":
                s.names = list(corpora())
                s.names = [s.names[j] for j in np.random.default_rng(len(task)).permutation(len(s.names))[:6]]
            s.head = nn.Linear(s.m.d, s.m.V if s.obj == "lmu" else 8)
        if mode == "lora":
            for p in s.m.parameters():
                p.requires_grad_(False)
            s.mods = []
            for l in s.m.encoder.layer:
                for nm in ("query", "value"):
                    w = zoo.LoRA(getattr(l.attention.attention, nm), rank)
                    setattr(l.attention.attention, nm, w)
                    s.mods.append((l.attention.attention, nm, w))
            lr *= 5
        if mode == "frozen" and kind == "gpt":
            s.m.embeddings.word_embeddings.weight.requires_grad_(False)
        if mode == "last":
            for n_, p in s.m.named_parameters():
                p.requires_grad_(
                    ("encoder.layer.%d" % (len(s.m.encoder.layer) - 1) in n_)
                    or ("encoder.layer.%d" % (len(s.m.encoder.layer) - 2) in n_)
                )
        s.ps = [p for p in list(s.m.parameters()) + list(s.head.parameters()) if p.requires_grad]
        s.o = mkopt(opt, s.ps, lr, wd)
        s.base = s.o.param_groups[0]["lr"]
        s.g = torch.Generator().manual_seed(seed if dataseed is None else dataseed)
        s.hit = []

    def loss(s):
        if s.kind == "vit":
            j = torch.randint(len(s.X), (s.bs,), generator=s.g)
            z = s.head(s.m(s.X[j])[:, 0])
            s.hit.append((z.argmax(1) == s.y[j]).float().mean().item())
            return F.cross_entropy(z, s.y[j])
        b = max(8, s.bs // 2)
        if s.obj == "cls":
            y = torch.randint(len(s.names), (b,), generator=s.g)
            i = torch.stack(
                [
                    (lambda t, a: t[a : a + 32])(
                        corpora()[s.names[c]], int(torch.randint(len(corpora()[s.names[c]]) - 33, (1,), generator=s.g))
                    )
                    for c in y
                ]
            )
            z = s.head(s.m(i).mean(1))
            s.hit.append((z.argmax(1) == y).float().mean().item())
            return F.cross_entropy(z, y)
        a = torch.randint(len(s.tok) - 34, (b,), generator=s.g)
        i = torch.stack([s.tok[k : k + 33] for k in a])
        h = s.m(i[:, :-1])
        z = s.head(h) if s.obj == "lmu" else h @ s.m.embeddings.word_embeddings.weight.T
        s.hit.append((z.argmax(-1) == i[:, 1:]).float().mean().item())
        return F.cross_entropy(z.flatten(0, 1), i[:, 1:].flatten())

    def run(s, steps):
        for _ in range(steps):
            for q in s.o.param_groups:
                q["lr"] = s.base * factor(s.sched, min(s.k, s.T - 1), s.T)
            s.k += 1
            l = s.loss()
            s.o.zero_grad()
            l.backward()
            torch.nn.utils.clip_grad_norm_(s.ps, 1.0)
            s.o.step()
        return s.state()

    def state(s):
        if s.mode == "lora":
            out = {}
            for a, nm, w in s.mods:
                lin = nn.Linear(w.lin.in_features, w.lin.out_features)
                lin.weight.data = w.lin.weight.detach() + w.B.detach() @ w.A.detach()
                lin.bias.data = w.lin.bias.detach().clone()
                setattr(a, nm, lin)
            out = {k: v.detach().clone() for k, v in s.m.state_dict().items()}
            for a, nm, w in s.mods:
                setattr(a, nm, w)
            return out
        return {k: v.detach().clone() for k, v in s.m.state_dict().items()}


def rounded(v, dt):
    return v.to(torch.bfloat16 if dt == "BF16" else torch.float16 if dt == "F16" else torch.float32)


def save(path, sd, dt):
    os.makedirs(os.path.dirname(path), exist_ok=True)
    hdr = {}
    off = 0
    bufs = []
    for k, v in sd.items():
        if v.ndim != 2:
            continue
        r = rounded(v, dt).contiguous()
        b = (r.view(torch.int16) if dt != "F32" else r).numpy().tobytes()
        hdr[k] = {"dtype": dt, "shape": list(v.shape), "data_offsets": [off, off + len(b)]}
        off += len(b)
        bufs.append(b)
    h = json.dumps(hdr).encode()
    h += b" " * (-len(h) % 8)
    with open(path, "wb") as f:
        f.write(struct.pack("<Q", len(h)))
        f.write(h)
        [f.write(b) for b in bufs]


OPTS = ["adamw", "adamw99", "adamL2", "sgdm", "nesterov", "lion", "adafactor", "rmsprop", "adagrad"]


def draw(rng, fam):
    hp = dict(
        opt="adamw",
        lr=float(np.exp(rng.uniform(np.log(5e-5), np.log(6e-4)))),
        wd=float(rng.choice([0, 0.01, 0.1])),
        bs=int(rng.choice([16, 32, 64])),
        sched=str(rng.choice(["const", "linear", "cosine", "warm"])),
        steps=int(rng.choice([40, 80, 150])),
        mode="ft",
    )
    if fam in ("mixed", "gptmix"):
        hp["opt"] = str(rng.choice(OPTS))
        hp["mode"] = str(rng.choice(["ft", "ft", "ft", "lora", "last"] + (["frozen"] if fam == "gptmix" else [])))
        hp["wd"] = float(rng.choice([0, 0.01, 0.1, 0.5]))
    elif fam == "hidecay":
        hp["wd"] = float(rng.choice([0.3, 1.0, 2.0]))
        hp["opt"] = str(rng.choice(["adamw", "sgdm"]))
    elif fam == "tiny":
        hp["lr"] = float(np.exp(rng.uniform(np.log(2e-6), np.log(5e-5))))
        hp["steps"] = int(rng.choice([5, 15, 40]))
        hp["opt"] = str(rng.choice(["adamw", "sgdm", "adafactor"]))
    elif fam in OPTS:
        hp["opt"] = fam
        hp["wd"] = float(rng.choice([0, 0.03, 0.3]))
    return hp


def family(kind, fam, root, seed, out, arch, dt, reload_, N=16):
    rng = np.random.default_rng(seed)
    truth = {}
    states = {}
    t0 = time.time()

    def put(n, sd, parent, **info):
        save(f"{out}/{n}.safetensors", sd, dt)
        truth[n] = dict(parent=parent, **info)
        states[n] = {k: rounded(v, dt).float() for k, v in sd.items()} if reload_ else sd

    put("m00", root, None)
    depth = {"m00": 0}
    tasks = data.TASKS if kind == "vit" else [c + ":" + o for c in corpora() for o in ("lm", "lm", "lmu", "cls")]
    base = "alnum" if kind == "vit" else "deb-libs:lm"
    used = {"m00": base}
    i = 1
    while i < N:
        ps = [m for m in truth if depth[m] < 4]
        w = np.array([3.0 if m == "m00" else 1.0 + sum(truth[c]["parent"] == m for c in truth) for m in ps])
        p = str(rng.choice(ps, p=w / w.sum()))
        hp = draw(rng, fam)
        n = f"m{i:02d}"
        t = str(rng.choice(tasks))
        if fam == "back" and depth[p] > 0 and rng.random() < 0.5:
            t = used[truth[p]["parent"]] if rng.random() < 0.6 else base
        if (
            fam == "twindata" and depth[p] >= 0 and i + 1 < N and rng.random() < 0.6
        ):  # two children of one parent on one task, same hyperparameters, other seed
            for k in range(2):
                T = Trainer(
                    kind,
                    states[p],
                    t,
                    int(rng.integers(1 << 30)),
                    arch=arch,
                    dataseed=None if rng.random() < 0.5 else seed,
                    **hp,
                )
                c = f"m{i:02d}"
                put(c, T.run(hp["steps"]), p, task=t, acc=float(np.mean(T.hit[-10:])), **hp)
                depth[c] = depth[p] + 1
                used[c] = t
                i += 1
            continue
        T = Trainer(kind, states[p], t, int(rng.integers(1 << 30)), arch=arch, **hp)
        if fam == "ckpt" and rng.random() < 0.6:  # checkpoints of one run: a chain
            k = int(rng.integers(2, 5))
            T.T = hp["steps"] * k
            for _ in range(k):
                if i >= N or depth[p] >= 5:
                    break
                n = f"m{i:02d}"
                put(n, T.run(hp["steps"]), p, task=t, acc=float(np.mean(T.hit[-10:])), ckpt=True, **hp)
                depth[n] = depth[p] + 1
                used[n] = t
                p = n
                i += 1
            continue
        put(n, T.run(hp["steps"]), p, task=t, acc=float(np.mean(T.hit[-10:])), **hp)
        depth[n] = depth[p] + 1
        used[n] = t
        i += 1
    print(kind, fam, seed, dt, reload_, "done", round(time.time() - t0, 1), flush=True)
    return truth


if __name__ == "__main__":
    OUT, seed, roots = sys.argv[1], int(sys.argv[2]), sys.argv[3]
    fams = sys.argv[4:]
    os.makedirs(OUT, exist_ok=True)
    tf = OUT + "/truth.json"
    truth = json.load(open(tf)) if os.path.exists(tf) else {}
    GA = dict(d=64, h=4, L=3)
    VA = dict(d=48, h=4, L=4)
    for k, f in enumerate(fams):
        kind, fam = f.split("/")
        key = f.replace("/", "-") + f"-{k}"
        if key in truth:
            continue
        rng = np.random.default_rng(seed * 100 + k)
        dt = str(rng.choice(["F16", "BF16", "F32"]))
        reload_ = bool(rng.random() < 0.6)
        if kind == "vit":
            root = torch.load(f"{roots}/_root{int(rng.integers(5))}.pt")
            arch = VA
        elif kind == "wide":
            arch = dict(d=80, h=5, L=2)
            rf = f"{OUT}/_wide.pt"
            if not os.path.exists(rf):
                T = Trainer(
                    "vit", None, "alnum", seed, arch=arch, steps=500, sched="cosine", lr=1e-3, wd=0.05, bs=128, n=20000
                )
                torch.save(T.run(500), rf)
                print("wide root acc", np.mean(T.hit[-20:]), flush=True)
            root = torch.load(rf)
            kind = "vit"
        else:
            arch = GA
            rf = f"{OUT}/_gpt.pt"
            if not os.path.exists(rf):
                T = Trainer(
                    "gpt", None, "deb-libs:lm", seed, arch=arch, steps=900, sched="cosine", lr=1e-3, wd=0.05, bs=64
                )
                torch.save(T.run(900), rf)
                print("gpt root acc", np.mean(T.hit[-20:]), flush=True)
            root = torch.load(rf)
        truth[key] = family(kind, fam, root, seed * 1000 + k * 17, f"{OUT}/{key}", arch, dt, reload_)
        json.dump(truth, open(tf, "w"), indent=1)
