"""Trains the twins: runs from one random initialisation. Usage: train.py FOLDER   (torch, numpy, Pillow >= 10.1)"""

import json, math, os, struct, sys
import numpy as np, torch, torch.nn as nn, torch.nn.functional as F
from PIL import Image, ImageDraw, ImageFont

torch.set_num_threads(1)
WIDTH, HEADS, BLOCKS, PATCH, SIDE = 48, 4, 4, 8, 32
KEPT = (0, 3)  # blocks whose matrices are published: the first and the last, where twins part least and most
STAGES = (60, 200, 700)
LETTERS, SIGNS = 'ABCDEFGHIJKLMNOPQRST', '0123456789!?#%&@+=<>'


def images(characters, count, seed):
    """Rendered characters, moved, turned and noisy, and which character each one is."""
    rng = np.random.default_rng(seed)
    x, y = np.zeros((count, 1, SIDE, SIDE), np.float32), rng.integers(len(characters), size=count)
    for i, label in enumerate(y):
        image = Image.new('L', (SIDE, SIDE))
        at = SIDE / 2 + rng.integers(-1, 2, 2)
        font = ImageFont.load_default(int(rng.integers(20, 27)))
        ImageDraw.Draw(image).text(tuple(at), characters[label], fill=255, font=font, anchor='mm')
        image = image.rotate(rng.uniform(-8, 8), Image.BILINEAR)
        x[i, 0] = np.asarray(image, np.float32) / 255 * rng.uniform(0.5, 1) + rng.normal(0, 0.05, (SIDE, SIDE))
    return torch.from_numpy(x * 2 - 1), torch.from_numpy(y)


class Part(nn.Module):
    """Named children, so that tensors get the names that Hugging Face's ViT gives them."""

    def __init__(self, **children):
        super().__init__()
        for name, child in children.items():
            self.add_module(name, child)


def block():
    attention = Part(**{name: nn.Linear(WIDTH, WIDTH) for name in ('query', 'key', 'value')})
    return Part(
        attention=Part(attention=attention, output=Part(dense=nn.Linear(WIDTH, WIDTH))),
        intermediate=Part(dense=nn.Linear(WIDTH, 4 * WIDTH)),
        output=Part(dense=nn.Linear(4 * WIDTH, WIDTH)),
        layernorm_before=nn.LayerNorm(WIDTH),
        layernorm_after=nn.LayerNorm(WIDTH),
    )


class ViT(nn.Module):
    def __init__(self, classes):
        super().__init__()
        self.patches = nn.Linear(PATCH * PATCH, WIDTH)
        self.position = nn.Parameter(torch.randn(1, (SIDE // PATCH) ** 2 + 1, WIDTH) * 0.02)
        self.encoder = Part(layer=nn.ModuleList(block() for _ in range(BLOCKS)))
        self.layernorm = nn.LayerNorm(WIDTH)
        self.head = nn.Linear(WIDTH, classes)

    def forward(self, x):
        x = self.patches(F.unfold(x, PATCH, stride=PATCH).transpose(1, 2))
        x = F.pad(x, (0, 0, 1, 0)) + self.position
        for layer in self.encoder.layer:
            h, a = layer.layernorm_before(x), layer.attention.attention
            q, k, v = (f(h).unflatten(2, (HEADS, -1)).transpose(1, 2) for f in (a.query, a.key, a.value))
            seen = F.scaled_dot_product_attention(q, k, v).transpose(1, 2).flatten(2)
            x = x + layer.attention.output.dense(seen)
            x = x + layer.output.dense(F.gelu(layer.intermediate.dense(layer.layernorm_after(x))))
        return self.head(self.layernorm(x)[:, 0])


def save(path, model):
    """float16 safetensors of the matrices of the blocks that are kept."""
    tensors = {n: t.numpy().astype(np.float16) for n, t in model.state_dict().items() if t.ndim == 2}
    tensors = {n: t for n, t in tensors.items() if n.startswith(tuple(f'encoder.layer.{i}.' for i in KEPT))}
    header, end = {}, 0
    for name, tensor in tensors.items():
        header[name] = {'dtype': 'F16', 'shape': tensor.shape, 'data_offsets': [end, end + tensor.nbytes]}
        end += tensor.nbytes
    text = json.dumps(header, separators=(',', ':')).encode()
    text += b' ' * (-len(text) % 8)
    os.makedirs(os.path.dirname(path), exist_ok=True)
    with open(path, 'wb') as file:
        file.write(struct.pack('<Q', len(text)) + text + b''.join(t.tobytes() for t in tensors.values()))


def train(start, data, seed, warm, rate=1e-3, batch=64):
    """Yields the model at every stage: AdamW, decay 0.05, cosine to zero at the last, after `warm` steps of warming up."""
    torch.manual_seed(seed)
    x, y = data
    model = ViT(int(y.max()) + 1)
    model.load_state_dict({n: t for n, t in start.items() if not n.startswith('head')}, strict=False)
    optimiser = torch.optim.AdamW(model.parameters(), weight_decay=0.05)
    for step in range(STAGES[-1]):
        factor = min(1, (step + 1) / max(1, warm)) * (1 + math.cos(math.pi * step / STAGES[-1])) / 2
        for group in optimiser.param_groups:
            group['lr'] = rate * factor
        some = torch.randint(len(x), (batch,))
        right = model(x[some])
        loss = F.cross_entropy(right, y[some])
        optimiser.zero_grad()
        loss.backward()
        nn.utils.clip_grad_norm_(model.parameters(), 1.0)
        optimiser.step()
        if step + 1 in STAGES:
            accuracy = (right.argmax(1) == y[some]).float().mean().item()
            yield step + 1, model, round(accuracy, 3)


def main(folder):
    """Three runs from each of two initialisations: on letters, on other images of letters, on signs."""
    tasks = {'letters': images(LETTERS, 6000, 1), 'letters-again': images(LETTERS, 6000, 2), 'signs': images(SIGNS, 6000, 3)}
    truth = {}
    for graph, warm in (('twins-0', 0), ('twins-1', 100)):
        torch.manual_seed(500 + warm)
        start = ViT(1).state_dict()
        for run, (task, data) in enumerate(tasks.items()):
            tree = truth[f'{graph}/run-{run}'] = {}
            before = None
            for steps, model, accuracy in train(start, data, 10 * warm + run, warm):
                name = f'step-{steps}'
                save(f'{folder}/{graph}/run-{run}/{name}.safetensors', model)
                tree[name] = {'parent': before, 'task': task, 'steps': steps, 'warm': warm, 'acc': accuracy}
                before = name
            print(graph, task, tree[before], flush=True)
    with open(f'{folder}/truth.json', 'w') as file:
        file.write(json.dumps(truth, indent=2) + '\n')


if __name__ == '__main__':
    main(sys.argv[1])
