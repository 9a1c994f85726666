import { ROOT_EDGE, type Arborescence, type ArborescenceProblem } from './arborescence';
import type { CertifiedForest } from './certificate';

export function totalCost(problem: ArborescenceProblem, edgeOf: ArrayLike<number>): number {
  let cost = 0;
  for (let node = 1; node <= problem.nodes; node++) cost += entryCost(problem, node, edgeOf[node]!);
  return cost;
}

function entryCost(problem: ArborescenceProblem, node: number, edge: number): number {
  return edge === ROOT_EDGE ? problem.rootCosts[node]! : problem.costs[edge]!;
}

/** Tries every choice of one entering edge a node. */
export function cheapestByEnumeration(problem: ArborescenceProblem): { cost: number; edgeOf: number[] } {
  const entering = Array.from({ length: problem.nodes + 1 }, () => [ROOT_EDGE]);
  problem.heads.forEach((head, edge) => entering[head]!.push(edge));
  const edgeOf = new Array<number>(problem.nodes + 1).fill(ROOT_EDGE);
  let cheapest = { cost: Infinity, edgeOf };
  const choose = (node: number, cost: number): void => {
    if (cost === Infinity) return;
    if (node > problem.nodes) {
      if (cost < cheapest.cost && reachesRoot(problem, edgeOf)) cheapest = { cost, edgeOf: [...edgeOf] };
      return;
    }
    for (const edge of entering[node]!) {
      edgeOf[node] = edge;
      choose(node + 1, cost + entryCost(problem, node, edge));
    }
  };
  choose(1, 0);
  return cheapest;
}

function reachesRoot(problem: ArborescenceProblem, edgeOf: readonly number[]): boolean {
  for (let node = 1; node <= problem.nodes; node++) {
    let at = node;
    for (let steps = 0; at !== 0 && steps <= problem.nodes; steps++)
      at = edgeOf[at] === ROOT_EDGE ? 0 : problem.tails[edgeOf[at]!]!;
    if (at !== 0) return false;
  }
  return true;
}

/** An arborescence as the audit wants to see it. */
export function certifiedArborescence(
  problem: ArborescenceProblem,
  tree: Arborescence,
): { forest: CertifiedForest; labels: number[] } {
  const forest: CertifiedForest = {
    parentOf: (label) => tree.parents[label]!,
    treeCostOf: (label) => entryCost(problem, label, tree.edgeOf[label]!),
    potentialOf: (label) => tree.potentials[label]!,
    forEachEntering: (label, visit) => {
      visit(0, problem.rootCosts[label]!);
      problem.heads.forEach((head, edge) => {
        if (head === label && problem.costs[edge]! < Infinity)
          visit(problem.tails[edge]!, problem.costs[edge]!);
      });
    },
  };
  return { forest, labels: Array.from({ length: problem.nodes }, (_, index) => index + 1) };
}
