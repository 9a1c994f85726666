import torch, torch.nn as nn, torch.nn.functional as F, math


class SelfAttn(nn.Module):
    def __init__(s, d):
        super().__init__()
        s.query = nn.Linear(d, d)
        s.key = nn.Linear(d, d)
        s.value = nn.Linear(d, d)


class AttOut(nn.Module):
    def __init__(s, i, o):
        super().__init__()
        s.dense = nn.Linear(i, o)


class Att(nn.Module):
    def __init__(s, d, h):
        super().__init__()
        s.attention = SelfAttn(d)
        s.output = AttOut(d, d)
        s.h = h

    def forward(s, x):
        B, N, D = x.shape
        f = lambda l: l(x).view(B, N, s.h, D // s.h).transpose(1, 2)
        q, k, v = f(s.attention.query), f(s.attention.key), f(s.attention.value)
        a = (q @ k.transpose(-1, -2) / math.sqrt(D // s.h)).softmax(-1)
        return s.output.dense((a @ v).transpose(1, 2).reshape(B, N, D))


class Layer(nn.Module):
    def __init__(s, d, h):
        super().__init__()
        s.attention = Att(d, h)
        s.intermediate = AttOut(d, 4 * d)
        s.output = AttOut(4 * d, d)
        s.layernorm_before = nn.LayerNorm(d)
        s.layernorm_after = nn.LayerNorm(d)

    def forward(s, x):
        x = x + s.attention(s.layernorm_before(x))
        return x + s.output.dense(F.gelu(s.intermediate.dense(s.layernorm_after(x))))


class Enc(nn.Module):
    def __init__(s, d, h, L):
        super().__init__()
        s.layer = nn.ModuleList([Layer(d, h) for _ in range(L)])


class ViT(nn.Module):
    def __init__(s, d=96, h=4, L=6, p=8, img=32):
        super().__init__()
        s.p = p
        n = (img // p) ** 2
        s.cls_token = nn.Parameter(torch.zeros(1, 1, d))
        s.position_embeddings = nn.Parameter(torch.randn(1, n + 1, d) * 0.02)
        s.projection = nn.Linear(p * p, d)
        s.encoder = Enc(d, h, L)
        s.layernorm = nn.LayerNorm(d)
        s.d = d

    def patches(s, x):
        return F.unfold(x, s.p, stride=s.p).transpose(1, 2)

    def forward(s, x, keep=None):
        t = s.projection(s.patches(x)) + s.position_embeddings[:, 1:]
        if keep is not None:
            t = torch.gather(t, 1, keep[..., None].expand(-1, -1, t.shape[-1]))
        t = torch.cat([(s.cls_token + s.position_embeddings[:, :1]).expand(len(x), -1, -1), t], 1)
        for l in s.encoder.layer:
            t = l(t)
        return s.layernorm(t)
