"""Optimisers and learning-rate schedules of wild.py."""

import math
import torch


class Lion(torch.optim.Optimizer):
    def __init__(s, p, lr, weight_decay=0.0):
        super().__init__(p, dict(lr=lr, weight_decay=weight_decay))

    @torch.no_grad()
    def step(s):
        for g in s.param_groups:
            for p in g["params"]:
                if p.grad is None:
                    continue
                m = s.state[p].setdefault("m", torch.zeros_like(p))
                p.mul_(1 - g["lr"] * g["weight_decay"]).add_((0.9 * m + 0.1 * p.grad).sign(), alpha=-g["lr"])
                m.mul_(0.99).add_(p.grad, alpha=0.01)


class Ada(torch.optim.Optimizer):
    """Adafactor-like: factored second moment, relative step times rms of the parameter, update clipping, no momentum."""

    def __init__(s, p, lr, weight_decay=0.0):
        super().__init__(p, dict(lr=lr, weight_decay=weight_decay))

    @torch.no_grad()
    def step(s):
        for g in s.param_groups:
            for p in g["params"]:
                if p.grad is None:
                    continue
                st = s.state[p]
                st["t"] = st.get("t", 0) + 1
                b = 1 - st["t"] ** -0.8
                q = p.grad**2 + 1e-30
                if p.ndim >= 2 and p.ndim < 3:
                    r = st.setdefault("r", torch.zeros(p.shape[0]))
                    c = st.setdefault("c", torch.zeros(p.shape[1]))
                    r.mul_(b).add_(q.mean(1), alpha=1 - b)
                    c.mul_(b).add_(q.mean(0), alpha=1 - b)
                    u = p.grad / (torch.outer(r, c) / r.mean()).sqrt()
                else:
                    v = st.setdefault("v", torch.zeros_like(p))
                    v.mul_(b).add_(q, alpha=1 - b)
                    u = p.grad / v.sqrt()
                u /= max(1.0, float(u.pow(2).mean().sqrt()))
                p.mul_(1 - g["lr"] * g["weight_decay"]).add_(
                    u * max(1e-3, float(p.pow(2).mean().sqrt())), alpha=-g["lr"]
                )


def mkopt(name, ps, lr, wd):
    return {
        "adamw": lambda: torch.optim.AdamW(ps, lr=lr, weight_decay=wd),
        "adamw99": lambda: torch.optim.AdamW(ps, lr=lr, weight_decay=wd, betas=(0.9, 0.95)),
        "adamL2": lambda: torch.optim.Adam(ps, lr=lr, weight_decay=wd / 100),
        "sgdm": lambda: torch.optim.SGD(ps, lr=lr * 100, momentum=0.9, weight_decay=wd / 100),
        "nesterov": lambda: torch.optim.SGD(ps, lr=lr * 100, momentum=0.9, nesterov=True, weight_decay=wd / 30),
        "lion": lambda: Lion(ps, lr / 6, wd * 3),
        "adafactor": lambda: Ada(ps, lr * 10, wd),
        "rmsprop": lambda: torch.optim.RMSprop(ps, lr=lr / 2, weight_decay=wd / 100),
        "adagrad": lambda: torch.optim.Adagrad(ps, lr=lr * 5, weight_decay=wd / 100),
    }[name]()


def factor(kind, s, T):
    if kind == "const":
        return 1.0
    if kind == "linear":
        return 1 - s / T
    if kind == "cosine":
        return 0.5 * (1 + math.cos(math.pi * s / T))
    if kind == "warm":
        return min(1, (s + 1) / (0.1 * T + 1)) * (1 - s / T)
