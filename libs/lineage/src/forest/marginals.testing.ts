import type { MarginalRegion } from './marginals';

/**
 * Marginals by enumeration of all arborescences in exact arithmetic. Costs are whole numbers of halvings: an edge of
 * cost c weighs 2⁻ᶜ. Element 0 is the probability that node 0 is a root, element i that node i is its parent.
 */
export function exactMarginals({ nodes, rootCosts, edges }: MarginalRegion): number[] {
  const entering = Array.from({ length: nodes }, (_, node) => [{ tail: -1, cost: rootCosts[node]! }]);
  for (const { tail, head, cost } of edges) entering[head]!.push({ tail, cost });
  const largest = BigInt(
    entering.reduce((sum, choices) => sum + Math.max(...choices.map(({ cost }) => cost)), 0),
  );
  const byParent = new Array<bigint>(nodes).fill(0n);
  const parents = new Array<number>(nodes).fill(-1);
  let total = 0n;
  const choose = (node: number, cost: number): void => {
    if (node === nodes) {
      if (!parents.every((_, from) => reachesRoot(parents, from))) return;
      const weight = 1n << (largest - BigInt(cost));
      total += weight;
      byParent[Math.max(parents[0]!, 0)]! += weight;
      return;
    }
    for (const choice of entering[node]!) {
      parents[node] = choice.tail;
      choose(node + 1, cost + choice.cost);
    }
  };
  choose(0, 0);
  return byParent.map((weight) => ratio(weight, total));
}

function reachesRoot(parents: readonly number[], from: number): boolean {
  let at = from;
  for (let steps = 0; at !== -1 && steps <= parents.length; steps++) at = parents[at]!;
  return at === -1;
}

/** The nearest double but for the last bit, however small the quotient. */
function ratio(part: bigint, total: bigint): number {
  if (part === 0n) return 0;
  const shift = Math.max(0, total.toString(2).length - part.toString(2).length) + 64;
  return (
    Number((part << BigInt(shift)) / total) / 2 ** Math.min(shift, 1000) / 2 ** Math.max(0, shift - 1000)
  );
}
