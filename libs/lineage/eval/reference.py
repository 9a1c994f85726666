"""Stemma's method on sketches: executable specification (numpy, scipy). Read with METHOD.md; every constant is here, once.

    python3 reference.py pair A.safetensors B.safetensors      the figures of one pair, as JSON
    python3 reference.py FOLDER [FOLDER...]                    recovers every tree of folders with truth.json and prints the scores
"""
import hashlib, json, struct, sys
import numpy as np
from math import sqrt, log, exp, pi
from scipy.special import erfcx, log_ndtr

# ---- constants (fitted on the training families, METHOD.md section 9) ----
FLOOR_MIN = 1e-12                 # r0 = max(FLOOR_MIN, rounding^2)
COLUMNS = 12                      # columns of a tensor that enter the distance: at most this, at most half its sampled rows
TURN_MIN, TURN_MAX = 1e-9, 1.5    # rows outside say nothing about direction
ROW_NOISE, REST_NOISE = 0.1, 0.2  # relative noise of a turn measured on a row; of a turn extrapolated to the rest of its tensor
REST_ALIGNMENT = 0.01             # sd of the alignment of a tensor's update, as a whole, with its weights
CHI_MEDIAN = 0.455                # median of chi-square with one degree of freedom
SPIKE = 0.5                       # prior probability of no decay at all
RATES = (3., 1., .3, .1, .03, .01)   # otherwise: decay ~ equal mixture of exponentials with these rates per mean turn
COMPRESS = 10.0                   # f(L) = sign(L) 10 ln(1 + |L| / 10)
WEIGHT_MATRICES, WEIGHT_ROWS, WEIGHT_SHRINK = 0.4, 0.08, 1.0
CROWD, CROWD_LIMIT = 2.0, 8.0     # prior: the side of an edge with more relatives holds the root; used where |f| < CROWD_LIMIT
ALIGNMENT = 0.5                   # sd of the common alignment of embedding rows
STILL = 2.0                       # a row is still if its residual rms after the common factor is under STILL roundings
STILL_MIN_ROWS, SHRINK_SPREAD, SHRINK_Z = 16, 3.0, 6.0
KIN_Z, KIN_CORRELATION, KIN_THETA, KIN_TRAINED, COUSIN_SLOPE, COUSIN_GAIN = 8., 0.975, 0.002, 0.5, 0.3, 10.
ALPHA, TAU = 1000., 1e5           # forest
ALPHA_CONFIDENCE, F_CONFIDENCE, LAPSE = 200., 0.75, 0.01   # temperatures of the confidence; rate at which a training misleads us
ROUNDING = {'F16': 2. ** -11, 'BF16': 2. ** -8, 'F32': 2. ** -24, 'F64': 2. ** -24}


# ---- reading: a sketch from a whole file ----
def load(path):
    raw = open(path, 'rb').read(); size = struct.unpack('<Q', raw[:8])[0]; out = {}
    for name, t in json.loads(raw[8:8 + size]).items():
        if name == '__metadata__' or len(t['shape']) != 2 or t['dtype'] not in ROUNDING: continue
        a, z = t['data_offsets']; b = raw[8 + size + a:8 + size + z]; kind = t['dtype']
        v = (np.frombuffer(b, np.uint16).astype(np.uint32) << 16).view(np.float32) if kind == 'BF16' else np.frombuffer(b, {'F16': np.float16, 'F32': np.float32, 'F64': np.float64}[kind])
        out[name] = (v.reshape(t['shape']).astype(np.float64), kind)
    return out


def draw(*key): return np.random.default_rng(int.from_bytes(hashlib.sha256(repr(key).encode()).digest()[:8], 'little'))


def plan(shapes, rows_max=32, rows_all=4096, values_all=16384):
    """Rows and columns sampled from every backbone tensor: <= 32 rows, the values shared equally (the distance needs >= 12 columns of every tensor)."""
    rows = min(rows_max, max(1, rows_all // len(shapes))); out = {}
    for k in sorted(shapes):
        n, m = shapes[k]; r = min(rows, n); c = min(m, max(1, int(values_all / len(shapes)) // r)); g = draw('1', k, (n, m)); start = int(g.integers(n - r + 1))
        out[k] = (np.arange(start, start + r), np.sort(g.choice(m, c, replace=False)))
    return out


def sketch(path):
    """tensors: name -> values [rows, columns], rms [rows] (mean square of the whole row), count, width, rest (sum of squares of the rows that
    were read but not sampled), restCount; embedding: values, rms, width."""
    A = load(path); B = {k: v for k, v in A.items() if 'encoder.layer.' in k}; P = plan({k: v[0].shape for k, v in B.items()}); T = {}
    for k, (r, c) in P.items():
        x, kind = B[k]; T[k] = dict(values=x[np.ix_(r, c)], rms=(x[r] ** 2).mean(1).astype(np.float32).astype(float), count=x.size, width=x.shape[1], rounding=ROUNDING[kind])
        T[k]['restCount'] = x.size - len(r) * x.shape[1]; T[k]['rest'] = float((x ** 2).sum() - T[k]['rms'].sum() * x.shape[1])
    E = None
    if 'embeddings.word_embeddings.weight' in A:
        x, kind = A['embeddings.word_embeddings.weight']; g = draw('emb'); ids = np.sort(g.permutation(len(x))[:1024]); c = np.sort(g.choice(x.shape[1], min(8, x.shape[1]), replace=False))
        E = dict(values=x[np.ix_(ids, c)], rms=(x[ids] ** 2).mean(1).astype(np.float32).astype(float), width=x.shape[1], rounding=ROUNDING[kind], ids=ids)
    return dict(tensors=T, embedding=E)


# ---- turn, distance, kinship ----
def turned(a, b, axis=None):
    """theta = 1 - cos^2 of the angle between a and b (0 where they are bit for bit equal, 1 where one is zero)."""
    aa, bb, ab = (a * a).sum(axis), (b * b).sum(axis), (a * b).sum(axis); same = (a == b).all(axis)
    with np.errstate(all='ignore'): t = np.where((aa > 0) & (bb > 0), 1 - ab * ab / (aa * bb), 1.0)
    return np.where(same, 0.0, np.clip(t, 0, 1))


def distance(A, B):
    """(D, d2, smallest theta of a tensor). D: per tensor, ln det of the second moments of the columns of the step b - g a, g the best common factor:
    the likelihood of a matrix-normal step of unknown column covariance. Directions in which every training moves weigh little, a low rank weighs much.
    Each model is tried as the base, the smaller answer counts (b - g a is as low in rank as the step only if a is the base)."""
    D = w = d2 = n = 0.; least = 1.
    for k, a in A['tensors'].items():
        b = B['tensors'][k]; p, q = a['values'], b['values']; R, c = len(p), min(COLUMNS, p.shape[1], max(1, len(p) // 2)); r0 = max(FLOOR_MIN, max(a['rounding'], b['rounding']) ** 2)
        pp, qq, pq = (p * p).sum(), (q * q).sum(), (p * q).sum(); unit = max(sqrt((pp + qq) / 2 / p.size), 1e-30)
        def ln_det(x, y, g):
            d = (np.zeros((R, c)) if (p == q).all() else (y - g * x)[:, :c] / unit); return 2 * np.log(np.diag(np.linalg.cholesky(d.T @ d / R + r0 * np.eye(c)))).mean()
        s = sqrt(a['count']); D += s * min(ln_det(p, q, pq / max(pp, 1e-30)), ln_det(q, p, pq / max(qq, 1e-30))); w += s; t = float(turned(p, q)); d2 += a['count'] * t; n += a['count']; least = min(least, t)
    return D / w, d2 / n, least


def correlation(A, B, keys=None):
    """Mean over all sampled values (of some tensors) of the product of both, each tensor centred and scaled to unit variance; and its z among strangers."""
    s = m = 0
    for k in A['tensors'] if keys is None else keys:
        a = A['tensors'][k]
        x, y = a['values'] - a['values'].mean(), B['tensors'][k]['values'] - B['tensors'][k]['values'].mean(); v = sqrt((x * x).mean() * (y * y).mean()); m += x.size
        if v > 0: s += (x * y).sum() / v
    return s / m, s / sqrt(m)


# ---- direction ----
def growth_rows(A, B):
    """x (turn), y (growth), variance, group of every usable row; a tensor's unsampled rest counts as one more row, all rests are one group (-1)."""
    X, Y, V, G = [], [], [], []
    for g, (k, a) in enumerate(A['tensors'].items()):
        b = B['tensors'][k]; eps = max(a['rounding'], b['rounding']); p, q = a['values'], b['values']
        if (p == q).all(): continue
        x = -np.log(np.maximum(1 - turned(p, q, 1), 1e-12)); y = np.log((b['rms'] + 1e-30) / (a['rms'] + 1e-30)); u = (p != q).any(1) & (x > TURN_MIN) & (x < TURN_MAX)
        X.append(x[u]); Y.append(y[u]); V.append(4 * x[u] / a['width'] + (ROW_NOISE * x[u]) ** 2 + 2 * eps ** 2 / 3 / a['width']); G.append(np.full(u.sum(), g))
        x = -log(max(1 - float(turned(p, q)), 1e-12)); n = a['restCount']
        if n >= 32 and TURN_MIN < x < TURN_MAX and a['rest'] > 0 and b['rest'] > 0:
            X.append([x]); Y.append([log(b['rest'] / a['rest'])]); V.append([4 * x / n + 4 * x * REST_ALIGNMENT ** 2 + (REST_NOISE * x) ** 2 + 2 * eps ** 2 / 3 / n]); G.append([-1])
    return [np.concatenate(v) if v else np.zeros(0) for v in (X, Y, V, G)]


def ln_scaled_normal(z):
    """ln(e^(z^2/2) Phi(z)): together, since far below 0 they cancel."""
    return log(erfcx(-z / sqrt(2)) / 2) if z < 0 else z * z / 2 + float(log_ndtr(z))


def decayed(S0, slope, curve, xm):
    """ln of the likelihood integrated over the decay d >= 0, S(d) = S0 + slope d + curve d^2 / 2: a spike at 0 and six exponentials."""
    terms = [log(SPIKE) - S0]
    for rate in RATES:
        l = rate / xm; mu = -slope / curve - l / curve
        terms.append(log((1 - SPIKE) / len(RATES)) - S0 + log(l) + .5 * log(2 * pi / curve) + ln_scaled_normal(mu * sqrt(curve)))
    return float(np.logaddexp.reduce(terms))


def directed(x, y, var, group, alignment=0.):
    """(L, slope, gain): log-likelihood ratio 'a is the parent', the free slope of y on x, and the nats by which that explains y better. alignment: sd of one random alignment common to all rows."""
    if len(x) < 5: return 0., 0., 0.
    z = 2 * np.sqrt(x); one = np.ones(len(x))
    def products(w):
        den = 1 / alignment ** 2 + (w * z * z).sum() if alignment > 0 else np.inf
        return (lambda u, v: (w * u * v).sum() - (w * z * u).sum() * (w * z * v).sum() / den), (lambda e: (w * z * e).sum() / den)
    def line(ip):
        a, b, c, p, q = ip(one, one), ip(one, x), ip(x, x), ip(one, y), ip(x, y); det = a * c - b * b
        return ((a * q - b * p) / det, (c * p - b * q) / det) if det > 1e-12 * a * c else (0., p / a)
    ip, common = products(1 / var); s, m = line(ip); e = y - m - s * x; r = (e - common(e) * z) ** 2 / var; var = var.copy()
    for g in np.unique(group): q = group == g; var[q] *= max(1., np.median(r[q]) / CHI_MEDIAN)
    ip, _ = products(1 / var); curve = ip(one, one); xm = max(x.mean(), 1e-12); S = []
    for sign in (1, -1):                       # a the parent: y = -d + x;  b the parent: y = d - x
        e = y - sign * x; S0, slope = ip(e, e) / 2, sign * ip(one, e); d = max(0., -slope / curve); S.append((S0, slope, S0 + slope * d + curve * d * d / 2))
    best = min(s[2] for s in S); k = max(1., 2 * best / len(y)); s, m = line(ip); e = y - m - s * x; left = ip(e, e) / 2
    L = decayed(S[0][0] / k, S[0][1] / k, curve / k, xm) - decayed(S[1][0] / k, S[1][1] / k, curve / k, xm)
    return L, s, (best - left) / max(1., 2 * left / len(y))


def embedding(A, B):
    """(shrink, rows): certificate of a common shrink over rows that did not turn; L over the rows that did."""
    a, b = A['embedding'], B['embedding']
    if a is None or b is None: return 0., 0.
    n = min(len(a['rms']), len(b['rms'])); p, q, P, Q = a['values'][:n], b['values'][:n], a['rms'][:n] + 1e-30, b['rms'][:n] + 1e-30; width = a['width']; eps = max(a['rounding'], b['rounding'])
    y = np.log(Q / P); residual = ((q - np.sqrt(Q / P)[:, None] * p) ** 2).mean(1) / ((P + Q) / 2); still = residual < (STILL * max(eps, 2. ** -20)) ** 2; shrink = rows = 0.; k = int(still.sum())
    if k >= STILL_MIN_ROWS:
        m = float(np.median(y[still])); spread = 1.4826 * float(np.median(np.abs(y[still] - m))); least = sqrt(2 / 3 / width) * eps + 1e-7
        if spread <= SHRINK_SPREAD * least:
            z = abs(m) / max(spread, least) * sqrt(k)
            if z >= SHRINK_Z: shrink = -np.sign(m) * z * z / 2
    x = -np.log(np.maximum(1 - turned(p, q, 1), 1e-12)); u = ~still & (x > TURN_MIN) & (x < TURN_MAX)
    if u.sum() >= 16: rows = directed(x[u], y[u], 4 * x[u] / width + (ROW_NOISE * x[u]) ** 2 + 2 * eps ** 2 / 3 / width + 1e-14, np.zeros(u.sum()), ALIGNMENT)[0]
    return shrink, rows


def compress(L): return float(np.sign(L) * COMPRESS * np.log1p(abs(L) / COMPRESS))


def compare(A, B):
    D, d2, theta = distance(A, B); r, z = correlation(A, B); out = dict(D=D, d2=d2, theta=theta, correlation=r, z=z, L=0., slope=0., shrink=0., rows=0., f=0., kinship='stranger')
    if abs(z) < KIN_Z or r < 0: return out
    L, slope, gain = directed(*growth_rows(A, B)); shrink, rows = embedding(A, B)
    out.update(L=L, slope=slope, shrink=shrink, rows=rows, f=WEIGHT_MATRICES * compress(L) + WEIGHT_ROWS * compress(rows) + WEIGHT_SHRINK * compress(shrink))
    trained = [k for k in A['tensors'] if turned(A['tensors'][k]['values'], B['tensors'][k]['values']) > KIN_THETA]; rt = correlation(A, B, trained)[0] if trained else 1.
    kin = rt >= KIN_TRAINED if theta <= KIN_THETA else rt >= KIN_CORRELATION and not (abs(slope) < COUSIN_SLOPE and gain > COUSIN_GAIN)
    out['kinship'] = 'kin' if kin else 'possible'; return out


# ---- forest ----
def crowd(D, kin):
    """ln((1 + relatives nearer to u) / (1 + relatives nearer to v)) over the models that are kin to both."""
    n = len(D); C = np.zeros((n, n))
    for u in range(n):
        for v in range(u):
            w = kin[u] & kin[v]; C[u, v] = log((1 + (D[u, w] < D[v, w]).sum()) / (1 + (D[v, w] < D[u, w]).sum())); C[v, u] = -C[u, v]
    return C


def direction(D, f, kin): return f + np.where(np.abs(f) < CROWD_LIMIT, CROWD * crowd(D, kin), 0.)


def arborescence(cost, root):
    """Parent of every node (-1: root), minimum total cost; Chu-Liu-Edmonds on a dense matrix."""
    def solve(W):
        n = len(W); par = np.array([0] + [int(np.argmin(W[:, v])) for v in range(1, n)]); seen = np.zeros(n, int); cycle = None
        for s in range(1, n):
            v = s
            while v and not seen[v]: seen[v] = s; v = par[v]
            if v and seen[v] == s:
                cycle = [v]; u = par[v]
                while u != v: cycle.append(u); u = par[u]
                break
        if cycle is None: return par
        R = np.array([v for v in range(n) if v not in cycle]); C = np.array(cycle); m = len(R); W2 = np.full((m + 1, m + 1), np.inf); W2[:m, :m] = W[np.ix_(R, R)]
        enter = W[np.ix_(R, C)] - W[par[C], C]; W2[:m, m] = enter.min(1); W2[m, :m] = W[np.ix_(C, R)].min(0); into = enter.argmin(1); out = W[np.ix_(C, R)].argmin(0); W2[:, 0] = np.inf; p2 = solve(W2)
        for k in range(1, m): par[R[k]] = C[out[k]] if p2[k] == m else R[p2[k]]
        par[C[into[p2[m]]]] = R[p2[m]]; return par
    n = len(root); W = np.full((n + 1, n + 1), np.inf); W[1:, 1:] = cost; W[0, 1:] = root; np.fill_diagonal(W, np.inf); W[:, 0] = np.inf
    return solve(W)[1:] - 1


def marginals(cost, root):
    """P[u, v]: probability that u is v's parent (P[n, v]: v is a root) over all arborescences; elimination without subtraction, in logarithms."""
    n = len(cost); A = -cost.copy(); np.fill_diagonal(A, -np.inf); P = np.zeros((n + 1, n)); add = np.logaddexp
    for v in range(n):
        o = [u for u in range(n) if u != v]; W = A[np.ix_(o, o)].T.copy(); r = -root[o]; b = A[v, o].copy(); m = len(o)
        if m == 0: P[n, v] = 1; continue
        for k in range(m - 1, 0, -1):
            s = add.reduce(np.concatenate([W[k, :k], [r[k], b[k]]])); t = W[:k, k] - s; W[:k, :k] = add(W[:k, :k], t[:, None] + W[k, :k]); np.fill_diagonal(W[:k, :k], -np.inf); r[:k] = add(r[:k], t + r[k]); b[:k] = add(b[:k], t + b[k])
        q = np.zeros(m); q[0] = r[0] - add(r[0], b[0])
        for k in range(1, m): q[k] = add(r[k], add.reduce(W[k, :k] + q[:k])) - add.reduce(np.concatenate([W[k, :k], [r[k], b[k]]]))
        t = A[o, v] + q; z = add(-root[v], add.reduce(t)); P[o, v] = np.exp(t - z); P[n, v] = exp(-root[v] - z)
    return P


def recover(D, f, kin):
    """(parent or -1, confidence in that answer, P) of every model. Matrices over all pairs; f[u, v] > 0: u is the parent."""
    g = direction(D, f, kin); n = len(D); low = D[kin].min() if kin.any() else 0.; off = np.where(kin, 0., np.inf); par = arborescence(ALPHA * (D - low) - g / 2 + off + 1, np.full(n, TAU))
    P = (1 - LAPSE) * marginals(ALPHA_CONFIDENCE * (D - low) - F_CONFIDENCE * g / 2 + off, np.full(n, TAU)); return par, np.array([P[par[v], v] for v in range(n)]), P


def compare_all(sketches):
    n = len(sketches); D, f, kin = np.zeros((n, n)), np.zeros((n, n)), np.zeros((n, n), bool)
    for i in range(n):
        for j in range(i + 1, n): c = compare(sketches[i], sketches[j]); D[i, j] = D[j, i] = c['D']; f[i, j] = c['f']; f[j, i] = -c['f']; kin[i, j] = kin[j, i] = c['kinship'] == 'kin'
    return D, f, kin


def main(args):
    if args[0] == 'pair': print(json.dumps(compare(sketch(args[1]), sketch(args[2])))); return
    for folder in args:
        for key, T in json.load(open(f'{folder}/truth.json')).items():
            if key == 'relations': continue
            names = list(T); par, conf, P = recover(*compare_all([sketch(f'{folder}/{key}/{m}.safetensors') for m in names])); truth = [names.index(t['parent']) if isinstance(t['parent'], str) else -1 for t in T.values()]
            e = [v for v in range(len(names)) if truth[v] >= 0]; ok = sum(par[v] == truth[v] for v in e); und = sum(par[v] == truth[v] or par[truth[v]] == v for v in e)
            print(f'{key:24s} directed {ok}/{len(e)} undirected {und}/{len(e)} roots {sum(par[v] == truth[v] == -1 for v in range(len(names)))}/{truth.count(-1)} mean confidence {conf.mean():.3f}', flush=True)


if __name__ == '__main__': main(sys.argv[1:])
