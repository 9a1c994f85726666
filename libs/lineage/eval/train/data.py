import numpy as np, glob, os, torch
from PIL import Image, ImageDraw, ImageFont

FONTS = sorted(glob.glob("/usr/share/fonts/truetype/**/*.ttf", recursive=True))
LATIN = [
    f
    for f in FONTS
    if any(
        k in os.path.basename(f)
        for k in (
            "DejaVu",
            "Liberation",
            "NotoSans-",
            "NotoSerif-",
            "NotoMono",
            "NotoSansMono-",
            "NotoSansDisplay-",
            "NotoSerifDisplay-",
        )
    )
]


def _render(ch, font, size, rot, rng, bg_noise=0.1, dx=0, dy=0, inv=False):
    im = Image.new("L", (48, 48), 0)
    d = ImageDraw.Draw(im)
    d.text((24 + dx, 24 + dy), ch, fill=255, font=font, anchor="mm")
    if rot:
        im = im.rotate(rot, resample=Image.BILINEAR)
    im = im.crop((8, 8, 40, 40))
    a = np.asarray(im, dtype=np.float32) / 255.0
    a = a * rng.uniform(0.5, 1) + rng.normal(0, bg_noise, a.shape)
    if inv:
        a = 1 - a
    return a.astype(np.float32)


_fc = {}


def font(p, s):
    k = (p, s)
    if k not in _fc:
        _fc[k] = ImageFont.truetype(p, s)
    return _fc[k]


UP = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
LO = UP.lower()
DG = "0123456789"
SCR = {
    "latin": "abcdefgh",
    "greek": "αβγδεζηθ",
    "cyr": "бгджзийл",
    "digits": "23456789",
    "math": "∑∏∫√∞≈≠±",
    "arrows": "←↑→↓↔↕⇐⇒",
    "box": "█▌▐░▒▓■□",
    "punct": "!?#%&@§¶",
}


def task(name, n, seed):
    rng = np.random.default_rng(seed)
    X = np.zeros((n, 32, 32), np.float32)
    y = np.zeros(n, np.int64)
    for i in range(n):
        fp = LATIN[rng.integers(len(LATIN))]
        s = int(rng.integers(16, 30))
        rot = rng.uniform(-12, 12)
        dx, dy = rng.integers(-3, 4, 2)
        inv = False
        if name == "upper":
            c = rng.integers(26)
            ch = UP[c]
        elif name == "lower":
            c = rng.integers(26)
            ch = LO[c]
        elif name == "digits":
            c = rng.integers(10)
            ch = DG[c]
        elif name == "alnum":
            c = rng.integers(62)
            ch = (UP + LO + DG)[c]
        elif name == "vowel":
            ch = (UP + LO)[rng.integers(52)]
            c = int(ch.lower() in "aeiou")
        elif name == "case":
            ch = "ABDEGHJLMNQRT"[rng.integers(13)]
            c = rng.integers(2)
            ch = ch if c else ch.lower()
        elif name == "rot":
            ch = "FGJLPQR7246"[rng.integers(11)]
            c = rng.integers(8)
            rot = c * 45 + rng.uniform(-8, 8)
        elif name == "size":
            ch = UP[rng.integers(26)]
            c = rng.integers(6)
            s = 12 + c * 3
        elif name == "posx":
            ch = UP[rng.integers(26)]
            c = rng.integers(5)
            dx = int(c) * 4 - 8
            s = 16
        elif name == "posy":
            ch = UP[rng.integers(26)]
            c = rng.integers(5)
            dy = int(c) * 4 - 8
            s = 16
        elif name == "script":
            c = rng.integers(8)
            k = list(SCR)[c]
            ch = SCR[k][rng.integers(8)]
            fp = [f for f in LATIN if "DejaVu" in f][rng.integers(4)]
        elif name == "serif":
            ch = (UP + LO)[rng.integers(52)]
            c = rng.integers(2)
            fs = [f for f in LATIN if ("Serif" in f) == bool(c)]
            fp = fs[rng.integers(len(fs))]
        elif name == "bold":
            ch = (UP + LO)[rng.integers(52)]
            c = rng.integers(2)
            fs = [f for f in LATIN if ("Bold" in f) == bool(c)]
            fp = fs[rng.integers(len(fs))]
        elif name == "greek":
            g = "αβγδεζηθικλμνξοπρστυφχψω"
            c = rng.integers(len(g))
            ch = g[c]
        elif name == "cyr":
            g = "абвгдежзийклмнопрстуфхцчшщыэюя"
            c = rng.integers(len(g))
            ch = g[c]
        elif name == "inv":
            ch = (UP + DG)[rng.integers(36)]
            c = rng.integers(2)
            inv = bool(c)
        X[i] = _render(ch, font(fp, s), s, rot, rng, dx=int(dx), dy=int(dy), inv=inv)
        y[i] = c
    return torch.from_numpy(X)[:, None] * 2 - 1, torch.from_numpy(y)


TASKS = [
    "upper",
    "lower",
    "digits",
    "vowel",
    "case",
    "rot",
    "size",
    "posx",
    "posy",
    "script",
    "serif",
    "bold",
    "greek",
    "cyr",
    "inv",
]
