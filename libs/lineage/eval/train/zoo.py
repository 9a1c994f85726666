"""Trains a zoo of small vision transformers with a known family tree. Usage: zoo.py OUT SEED PROFILE"""

import torch, torch.nn as nn, torch.nn.functional as F, numpy as np, copy, time, sys, os, json, struct
from vit import ViT
import data

torch.set_num_threads(1)


def aug(x):
    B = len(x)
    th = torch.zeros(B, 2, 3)
    a = (torch.rand(B) - 0.5) * 0.5
    sc = 0.85 + torch.rand(B) * 0.3
    th[:, 0, 0] = a.cos() * sc
    th[:, 0, 1] = -a.sin() * sc
    th[:, 1, 0] = a.sin() * sc
    th[:, 1, 1] = a.cos() * sc
    th[:, :, 2] = (torch.rand(B, 2) - 0.5) * 0.3
    return (
        F.grid_sample(x, F.affine_grid(th, x.shape, align_corners=False), align_corners=False, padding_mode="border")
        + torch.randn_like(x) * 0.05
    )


class LoRA(nn.Module):
    def __init__(s, lin, r):
        super().__init__()
        s.lin = lin
        s.A = nn.Parameter(torch.randn(r, lin.in_features) / lin.in_features**0.5)
        s.B = nn.Parameter(torch.zeros(lin.out_features, r))
        for p in s.lin.parameters():
            p.requires_grad_(False)

    def forward(s, x):
        return s.lin(x) + (x @ s.A.T) @ s.B.T


D, H, L = 48, 4, 4


def mk():
    return ViT(d=D, h=H, L=L)


_c = {}


def get(name, n, seed):
    k = (name, n, seed)
    if k not in _c:
        _c[k] = data.task(name, n, seed)
    return _c[k]


DT = {np.dtype("float16"): "F16", np.dtype("float32"): "F32", np.dtype("int8"): "I8"}


def save(path, sd, meta=None):
    os.makedirs(os.path.dirname(path), exist_ok=True)
    hdr = {"__metadata__": {"format": "pt", **(meta or {})}}
    off = 0
    bufs = []
    for k, v in sd.items():
        if isinstance(v, tuple):
            dt, arr = v
            b = arr.tobytes()
            shp = list(arr.shape)
        else:
            dt = DT[v.dtype]
            b = np.ascontiguousarray(v).tobytes()
            shp = list(v.shape)
        hdr[k] = {"dtype": dt, "shape": shp, "data_offsets": [off, off + len(b)]}
        off += len(b)
        bufs.append(b)
    h = json.dumps(hdr, separators=(",", ":")).encode()
    h += b" " * (-len(h) % 8)
    with open(path, "wb") as f:
        f.write(struct.pack("<Q", len(h)))
        f.write(h)
        [f.write(b) for b in bufs]


def np16(sd):
    return {k: v.numpy().astype(np.float16) for k, v in sd.items()}


def np32(sd):
    return {k: v.numpy().astype(np.float32) for k, v in sd.items()}


def pretrain(kind, seed, steps, bs=128, wd=0.05, ckpts=(), init=None, cls="alnum", n=20000, lrmax=1e-3):
    torch.manual_seed(seed)
    m = mk()
    if init is not None:
        m.load_state_dict(init)
    X, y = get(cls, n, 99 + seed % 7)
    heads = {}
    out = []
    if kind == "sup":
        heads["a"] = nn.Linear(m.d, int(y.max()) + 1)
    if kind == "sup2":
        X2, y2 = get("script", 6000, 98)
        heads["a"] = nn.Linear(m.d, 62)
        heads["b"] = nn.Linear(m.d, 8)
    ex = []
    if kind == "mae":
        dec = nn.Sequential(nn.Linear(m.d, 192), nn.GELU(), nn.Linear(192, 192), nn.GELU(), nn.Linear(192, m.p * m.p))
        pe = nn.Parameter(torch.randn(1, 16, m.d) * 0.02)
        ex = list(dec.parameters()) + [pe]
    if kind in ("dino", "msn"):
        proj = nn.Sequential(nn.Linear(m.d, 192), nn.GELU(), nn.Linear(192, 128))
        ex = list(proj.parameters())
    if kind == "dino":
        tm = copy.deepcopy(m)
        tp = copy.deepcopy(proj)
        center = torch.zeros(128)
    ps = list(m.parameters()) + [p for h in heads.values() for p in h.parameters()] + ex
    opt = torch.optim.AdamW(ps, lr=lrmax, weight_decay=wd)
    t0 = time.time()
    for s in range(steps):
        lr = lrmax * min(1, (s + 1) / 100) * (0.5 * (1 + np.cos(np.pi * s / steps)) * 0.98 + 0.02)
        for g in opt.param_groups:
            g["lr"] = lr
        i = torch.randint(len(X), (bs,))
        x = X[i]
        if kind == "sup":
            loss = F.cross_entropy(heads["a"](m(aug(x))[:, 0]), y[i])
        elif kind == "sup2":
            j = torch.randint(len(X2), (bs // 2,))
            loss = F.cross_entropy(heads["a"](m(aug(x[: bs // 2]))[:, 0]), y[i[: bs // 2]]) + F.cross_entropy(
                heads["b"](m(aug(X2[j]))[:, 0]), y2[j]
            )
        elif kind == "mae":
            x = aug(x)
            perm = torch.rand(len(x), 16).argsort(1)
            keep, mask = perm[:, :6], perm[:, 6:]
            z = m(x, keep)[:, 0]
            tgt = torch.gather(m.patches(x), 1, mask[..., None].expand(-1, -1, m.p * m.p))
            loss = (
                (
                    dec(z[:, None] + torch.gather(pe.expand(len(x), -1, -1), 1, mask[..., None].expand(-1, -1, m.d)))
                    - tgt
                )
                ** 2
            ).mean()
        elif kind == "msn":
            z = F.normalize(proj(m(torch.cat([aug(x), aug(x)]))[:, 0]), dim=-1)
            S = z @ z.T / 0.2
            S = S - 1e9 * torch.eye(len(S))
            k = len(x)
            loss = F.cross_entropy(S, torch.cat([torch.arange(k, 2 * k), torch.arange(k)]))
        elif kind == "dino":
            a, b = aug(x), aug(x)
            sa = proj(m(torch.cat([a, b]))[:, 0])
            with torch.no_grad():
                ta = tp(tm(torch.cat([b, a]))[:, 0])
                q = ((ta - center) / 0.04).softmax(-1)
                center = 0.9 * center + 0.1 * ta.mean(0)
            loss = -(q * (sa / 0.1).log_softmax(-1)).sum(-1).mean()
        opt.zero_grad()
        loss.backward()
        torch.nn.utils.clip_grad_norm_(ps, 1.0)
        opt.step()
        if kind == "dino":
            with torch.no_grad():
                for p, q in zip(
                    list(tm.parameters()) + list(tp.parameters()), list(m.parameters()) + list(proj.parameters())
                ):
                    p.mul_(0.99).add_(q, alpha=0.01)
        if s + 1 in ckpts:
            out.append({k: v.clone() for k, v in m.state_dict().items()})
        if s % 500 == 0:
            print(kind, s, round(float(loss), 3), round(time.time() - t0, 1), flush=True)
    fin = {k: v.clone() for k, v in (tm if kind == "dino" else m).state_dict().items()}
    return (fin, out) if ckpts else fin


def finetune(sd, task, seed, mode="ft", rank=16, n=2000, epochs=3, lr=3e-4, wd=0.01, bs=64, opt="adamw"):
    torch.manual_seed(seed)
    m = mk()
    m.load_state_dict(sd)
    X, y = get(task, n, 1000 + data.TASKS.index(task))
    head = nn.Linear(m.d, int(y.max()) + 1)
    mods = {}
    if mode != "ft":
        for p in m.parameters():
            p.requires_grad_(False)
        for i, l in enumerate(m.encoder.layer):
            for nm in ("query", "value"):
                w = LoRA(getattr(l.attention.attention, nm), rank)
                setattr(l.attention.attention, nm, w)
                mods[f"encoder.layer.{i}.attention.attention.{nm}"] = w
        lr *= 5
    ps = [p for p in list(m.parameters()) + list(head.parameters()) if p.requires_grad]
    o = (
        torch.optim.AdamW(ps, lr=lr, weight_decay=wd)
        if opt == "adamw"
        else torch.optim.SGD(ps, lr=lr * 100, momentum=0.9, weight_decay=wd / 100)
    )
    T = epochs * ((n + bs - 1) // bs)
    k = 0
    for e in range(epochs):
        pm = torch.randperm(n)
        a = 0
        for i in range(0, n, bs):
            j = pm[i : i + bs]
            for g in o.param_groups:
                g["lr"] = (lr if opt == "adamw" else lr * 100) * (1 - k / T)
            k += 1
            z = head(m(X[j])[:, 0])
            loss = F.cross_entropy(z, y[j])
            o.zero_grad()
            loss.backward()
            torch.nn.utils.clip_grad_norm_(ps, 1.0)
            o.step()
            a += (z.argmax(1) == y[j]).float().sum().item()
    ad = {}
    if mode != "ft":
        for nm, w in mods.items():
            ad[nm] = (w.A.detach().clone(), w.B.detach().clone())
            with torch.no_grad():
                w.lin.weight += w.B @ w.A
        for i, l in enumerate(m.encoder.layer):
            for nm in ("query", "value"):
                setattr(l.attention.attention, nm, mods[f"encoder.layer.{i}.attention.attention.{nm}"].lin)
    return {k: v.clone() for k, v in m.state_dict().items()}, a / n, ad


KINDS = ["sup", "sup2", "mae", "dino", "msn"]
NAMES = ["imagenet", "imagenet21k", "mae", "dino", "msn"]


def draw(rng, profile):
    if profile == "paper":
        return dict(lr=3e-4, wd=0.01, epochs=3, n=2000)
    return dict(
        lr=float(np.exp(rng.uniform(np.log(5e-5), np.log(8e-4)))),
        wd=float(rng.choice([0, 0.01, 0.1, 0.3])),
        epochs=int(rng.integers(1, 6)),
        n=int(rng.choice([800, 1500, 3000])),
        opt=str(rng.choice(["adamw", "adamw", "sgd"])),
    )


if __name__ == "__main__":
    OUT, seed, profile, steps = sys.argv[1], int(sys.argv[2]), sys.argv[3], int(sys.argv[4])
    os.makedirs(OUT, exist_ok=True)
    truth = json.load(open(OUT + "/truth.json")) if os.path.exists(OUT + "/truth.json") else {}
    att = lambda sd: {k: v for k, v in sd.items() if "attention" in k and v.ndim == 2}
    for ri, kind in enumerate(KINDS):
        rf = f"{OUT}/_root{ri}.pt"
        if not os.path.exists(rf):
            torch.save(pretrain(kind, seed * 10 + ri, steps), rf)
        root = torch.load(rf)
        for mode in ("ft", "lora-v", "lora-f"):
            key = f"{mode}/{NAMES[ri]}"
            if key in truth:
                continue
            rng = np.random.default_rng(seed * 1000 + ri * 10 + len(mode) * 3 + ord(mode[-1]))
            tasks = list(rng.permutation(data.TASKS))
            t0 = time.time()
            T = {}

            def put(name, sd, parent, info):
                s = np16(sd)
                s = s if mode == "ft" else att(s)
                save(f"{OUT}/{mode}/{NAMES[ri]}/{name}.safetensors", s)
                T[name] = dict(parent=parent, **info)

            put("root", root, None, dict(task=kind))
            for i in range(4):
                hp = draw(rng, profile)
                hp["rank"] = 16 if mode == "lora-f" else int(rng.choice([2, 4, 8, 16]))
                hp["rank"] = 8 if mode == "lora-f" else hp["rank"]
                c, acc, _ = finetune(root, tasks[i], int(rng.integers(1 << 30)), "ft" if mode == "ft" else "lora", **hp)
                put(f"{tasks[i]}", c, "root", dict(task=tasks[i], acc=round(acc, 3), **hp))
                for t in rng.permutation([t for t in data.TASKS if t != tasks[i]])[:4]:
                    hp = draw(rng, profile)
                    hp["rank"] = 8 if mode == "lora-f" else int(rng.choice([2, 4, 8, 16]))
                    h, acc, _ = finetune(c, str(t), int(rng.integers(1 << 30)), "ft" if mode == "ft" else "lora", **hp)
                    put(f"{tasks[i]}-{t}", h, tasks[i], dict(task=str(t), acc=round(acc, 3), **hp))
            truth[key] = T
            json.dump(truth, open(OUT + "/truth.json", "w"), indent=1)
            print(
                key,
                "done",
                round(time.time() - t0, 1),
                "mean acc",
                np.mean([v.get("acc", 1) for v in T.values()]),
                flush=True,
            )
