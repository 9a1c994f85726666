"""Trains families of ever more similar siblings. Usage: train.py ZOO OUT   (torch, numpy, Pillow; glyph fonts as in ../train)

From each of two roots of ZOO (a folder laid out like libs/zoo/models) and for each degree of likeness a tree: the root, three children, two
children of each of two of these. What stands side by side differs in so much, and in no more:

    other-task    what it is trained on
    other-seed    the order of one and the same data, and the fresh head
    half-head     half of the fresh head (by variance)
    other-order   the order of the data
    other-rate    the learning rate, by one part in a hundred
"""

import json, os, struct, sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), '../train'))
import numpy as np, torch, torch.nn as nn, torch.nn.functional as F
import data, zoo

torch.set_num_threads(1)
KEPT = ('encoder.layer.0.', 'encoder.layer.3.')  # the first and the last block: half the bytes
DEGREES = ('other-task', 'other-seed', 'half-head', 'other-order', 'other-rate')
COUNT, BATCH, EPOCHS, RATE, DECAY = 2000, 64, 3, 3e-4, 0.01


def load(path):
    raw = open(path, 'rb').read()
    size = struct.unpack('<Q', raw[:8])[0]
    half = lambda t: np.frombuffer(raw, np.float16, -(-(t['data_offsets'][1] - t['data_offsets'][0]) // 2), 8 + size + t['data_offsets'][0])
    header = json.loads(raw[8 : 8 + size])
    return {k: torch.from_numpy(half(t).reshape(t['shape']).astype(np.float32)) for k, t in header.items() if k != '__metadata__'}


def train(start, task, order, heads, rate):
    """Full fine-tuning as in the zoo: AdamW, linear decay. `order` is a seed; the fresh head is the sum of one of each seed of `heads`."""
    model = zoo.mk()
    model.load_state_dict(start)
    x, y = zoo.get(task, COUNT, 1000 + data.TASKS.index(task))
    head = nn.Linear(model.d, int(y.max()) + 1)
    with torch.no_grad():
        for parameter, drawn in zip(head.parameters(), zip(*(fresh(head, seed) for seed in heads))):
            parameter.copy_(sum(drawn) / len(drawn) ** 0.5)
    parameters = [*model.parameters(), *head.parameters()]
    optimiser = torch.optim.AdamW(parameters, lr=rate, weight_decay=DECAY)
    shuffle = torch.Generator().manual_seed(order)
    batches = [some for _ in range(EPOCHS) for some in torch.randperm(COUNT, generator=shuffle).split(BATCH)]
    for step, some in enumerate(batches):
        optimiser.param_groups[0]['lr'] = rate * (1 - step / len(batches))
        loss = F.cross_entropy(head(model(x[some])[:, 0]), y[some])
        optimiser.zero_grad()
        loss.backward()
        nn.utils.clip_grad_norm_(parameters, 1.0)
        optimiser.step()
    return {k: v.clone() for k, v in model.state_dict().items()}


def fresh(head, seed):
    torch.manual_seed(seed)
    return list(nn.Linear(head.in_features, head.out_features).parameters())


def side_by_side(parent, tasks, count, degree, seed):
    """Trainings of one parent that differ by the degree."""
    for i in range(count):
        heads = {'other-seed': (seed + 1 + i,), 'half-head': (seed, seed + 1 + i)}.get(degree, (seed,))
        yield train(
            parent,
            tasks[i if degree == 'other-task' else 0],
            order=seed + (i if degree in ('other-seed', 'other-order') else 0),
            heads=heads,
            rate=RATE * (1 + 0.01 * i if degree == 'other-rate' else 1),
        )


def main(models, out):
    truth = {}
    for degree in DEGREES:
        for number, name in enumerate(('imagenet', 'mae')):
            tree = truth[f'{degree}/{name}'] = {}
            rng = np.random.default_rng(1000 + number)
            tasks = [str(t) for t in rng.permutation(data.TASKS)]

            def put(model, weights, parent):
                kept = {k: v.numpy().astype(np.float16) for k, v in weights.items() if k.startswith(KEPT) and v.ndim == 2}
                zoo.save(f'{out}/{degree}/{name}/{model}.safetensors', kept)
                tree[model] = {'parent': parent}

            root = load(f'{models}/ft/{name}/root.safetensors')
            put('root', root, None)
            for i, child in enumerate(side_by_side(root, tasks, 3, degree, 1000 * number)):
                put(f'c{i}', child, 'root')
                if i == 2:
                    continue
                for j, grandchild in enumerate(side_by_side(child, tasks[3:], 2, degree, 1000 * number + 100 * (i + 1))):
                    put(f'c{i}-g{j}', grandchild, f'c{i}')
            print(degree, name, flush=True)
    with open(f'{out}/truth.json', 'w') as file:
        file.write(json.dumps(truth, indent=1) + '\n')


if __name__ == '__main__':
    main(*sys.argv[1:3])
