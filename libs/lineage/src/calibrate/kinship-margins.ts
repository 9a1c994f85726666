import type { Constants } from '../evidence/constants';
import { isKin, type MeasuredFamily } from './measured-family';

/** What the kinship rule does to pairs whose truth is known. */
export interface KinshipCount {
  readonly edges: number;
  /** True edges that would not be candidates. */
  readonly edgesLost: number;
  readonly unrelated: number;
  /** Relatives without a common ancestor, such as twins from one initialisation, that would be joined. */
  readonly unrelatedJoined: number;
}

export function countKinship(families: readonly MeasuredFamily[], constants: Constants): KinshipCount {
  const count = { edges: 0, edgesLost: 0, unrelated: 0, unrelatedJoined: 0 };
  for (const { models, pairs } of families) {
    const roots = models.map((_, label) => rootOf(label, models));
    for (const { a, b, measures } of pairs) {
      const joined = isKin(measures, constants);
      if (models[a]!.parents.includes(b) || models[b]!.parents.includes(a)) {
        count.edges++;
        if (!joined) count.edgesLost++;
      }
      if (roots[a] === roots[b]) continue;
      count.unrelated++;
      if (joined) count.unrelatedJoined++;
    }
  }
  return count;
}

/** By first parents, in at most as many steps as there are models: a truth with a cycle in it has no root. */
function rootOf(label: number, models: MeasuredFamily['models']): number | null {
  let root = label;
  for (let steps = 0; steps <= models.length; steps++) {
    const up = models[root]!.parents[0];
    if (up === undefined) return root;
    root = up;
  }
  return null;
}
