import { createHash } from 'node:crypto';
import type { TrueModel } from '@stemma/lineage';
import { uniformStream } from '../uniform-stream';
import { SEED } from './report';

/** Uniform numbers that depend on the seed of the reports and on what they are drawn for. */
export function drawFor(...words: readonly (string | number)[]): () => number {
  const digest = createHash('sha256')
    .update([SEED, ...words].join('\0'))
    .digest();
  return uniformStream(digest.readUInt32LE(0));
}

/** `count` of some items, each as likely as any other. */
export function drawItems<T>(items: readonly T[], count: number, uniform: () => number): T[] {
  const left = [...items];
  return Array.from({ length: Math.min(count, items.length) }, () => {
    const at = Math.floor(uniform() * left.length);
    return left.splice(at, 1)[0]!;
  });
}

/** A connected part of a tree with its root: models are added one by one below those that are there. */
export function drawSubtree(tree: readonly TrueModel[], count: number, uniform: () => number): TrueModel[] {
  const kept = new Set<string>();
  const drawn: TrueModel[] = [];
  while (drawn.length < Math.min(count, tree.length)) {
    const open = tree.filter(
      ({ model, parents }) => !kept.has(model) && parents.every((parent) => kept.has(parent)),
    );
    const [next] = drawItems(open, 1, uniform);
    if (next === undefined) break;
    kept.add(next.model);
    drawn.push(next);
  }
  return drawn;
}

/** The models of every tree of a graph, trees in the order of the truth. */
export function treesOfTruth(truth: readonly TrueModel[]): TrueModel[][] {
  const trees = new Map<string, TrueModel[]>();
  for (const model of truth) trees.set(model.tree, [...(trees.get(model.tree) ?? []), model]);
  return [...trees.values()];
}
