import type { TrueModel } from '@stemma/lineage';

/**
 * What is true of some of the models alone: whose parent is missing descends from the nearest ancestors that are there, and is a
 * root where none is.
 */
export function restrictTruth(truth: readonly TrueModel[], kept: ReadonlySet<string>): TrueModel[] {
  const byModel = new Map(truth.map((entry) => [entry.model, entry]));
  const nearest = (model: string, seen: ReadonlySet<string>): string[] => {
    if (kept.has(model) || seen.has(model)) return kept.has(model) ? [model] : [];
    const { parents } = byModel.get(model) ?? { parents: [] };
    return parents.flatMap((parent) => nearest(parent, new Set([...seen, model])));
  };
  return truth
    .filter(({ model }) => kept.has(model))
    .map((entry) => ({
      ...entry,
      parents: [...new Set(entry.parents.flatMap((parent) => nearest(parent, new Set([entry.model]))))],
    }));
}
