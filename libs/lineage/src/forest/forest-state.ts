// Typed-array reads carry `!`: positions are below the lengths compared first.
import type { CandidateGraph } from './candidate-graph';
import type { CertifiedTree } from './certified-tree';
import { isCost } from './preconditions';

/**
 * All that a dynamic forest is, as plain arrays. Per-node arrays run along `labels`, which ascend; per-pair arrays are in
 * the order of the graph's edge numbers.
 */
export interface ForestState {
  readonly labels: Int32Array;
  readonly rootCosts: Float64Array;
  readonly potentials: Float64Array;
  /** 0 for a root. */
  readonly parents: Int32Array;
  readonly lowers: Int32Array;
  readonly uppers: Int32Array;
  /** lower → upper; `Infinity` where the pair goes the other way only. */
  readonly costsUp: Float64Array;
  readonly costsDown: Float64Array;
}

export function emptyState(nodes: number, pairs: number): ForestState {
  return {
    labels: new Int32Array(nodes),
    rootCosts: new Float64Array(nodes),
    potentials: new Float64Array(nodes),
    parents: new Int32Array(nodes),
    lowers: new Int32Array(pairs),
    uppers: new Int32Array(pairs),
    costsUp: new Float64Array(pairs),
    costsDown: new Float64Array(pairs),
  };
}

/** One walk over the arrays in the order in which they lie: O(nodes + pairs). */
export function stateOf(graph: CandidateGraph, tree: CertifiedTree): ForestState {
  const state = emptyState(graph.nodeCount, graph.pairCount);
  let nodes = 0;
  for (let label = 1; label < graph.nodeCapacity; label++) {
    if (!graph.has(label)) continue;
    state.labels[nodes] = label;
    state.rootCosts[nodes] = graph.rootCost[label]!;
    state.potentials[nodes] = tree.potential[label]!;
    state.parents[nodes] = tree.parent[label]!;
    nodes++;
  }
  let pairs = 0;
  for (let edge = 0; edge < graph.edgesEnd; edge += 2) {
    if (!graph.isGivenOut(edge)) continue;
    const up = graph.head[edge]! > graph.head[edge ^ 1]! ? edge : edge ^ 1;
    state.lowers[pairs] = graph.tailOf(up);
    state.uppers[pairs] = graph.headOf(up);
    state.costsUp[pairs] = graph.cost[up]!;
    state.costsDown[pairs] = graph.cost[up ^ 1]!;
    pairs++;
  }
  return state;
}

/** Fills an empty graph and tree, which have room for it, from a state without a fault. */
export function writeState(state: ForestState, graph: CandidateGraph, tree: CertifiedTree): void {
  const { labels, parents, lowers, uppers } = state;
  const parentOf = new Int32Array(graph.nodeCapacity);
  const treeEdge = new Int32Array(graph.nodeCapacity);
  labels.forEach((label, i) => {
    graph.addNode(label, state.rootCosts[i]!);
    parentOf[label] = parents[i]!;
    treeEdge[label] = ~label;
  });
  for (let i = 0; i < lowers.length; i++) {
    const lower = lowers[i]!;
    const upper = uppers[i]!;
    const edge = graph.addPair(lower, upper, state.costsUp[i]!, state.costsDown[i]!);
    if (parentOf[upper] === lower) treeEdge[upper] = edge;
    else if (parentOf[lower] === upper) treeEdge[lower] = edge ^ 1;
  }
  labels.forEach((label, i) => {
    tree.plant(label, treeEdge[label]!);
    tree.setPotential(label, state.potentials[i]!);
  });
}

/**
 * What is wrong with a state from outside, in a sentence; null if nothing is. Two things are taken on trust: that no pair
 * occurs twice, and that the forest is optimal, which is for `audit` to prove.
 */
export function faultOf(state: ForestState, labelMax: number): string | null {
  let last = 0;
  for (const label of state.labels) {
    if (label <= last || label > labelMax)
      return `labels ascending within 1..${labelMax} expected, ${label} after ${last} found`;
    last = label;
  }
  const positions = new Int32Array(last + 1).fill(UNKNOWN);
  state.labels.forEach((label, position) => (positions[label] = position));
  return faultOfNodes(state) ?? faultOfPairs(state, positions) ?? faultOfParents(state, positions);
}

/** In `positions`: the label is not in the state. */
const UNKNOWN = -1;

function isKnown(positions: Int32Array, label: number): boolean {
  return (positions[label] ?? UNKNOWN) !== UNKNOWN;
}

function faultOfNodes({ labels, rootCosts, potentials }: ForestState): string | null {
  for (let i = 0; i < labels.length; i++) {
    const fine = isCost(rootCosts[i]!) && rootCosts[i]! < Infinity && Number.isSafeInteger(potentials[i]);
    if (!fine)
      return `node ${labels[i]}: a root cost and a potential expected, ${rootCosts[i]}, ${potentials[i]} found`;
  }
  return null;
}

function faultOfPairs(
  { lowers, uppers, costsUp, costsDown }: ForestState,
  positions: Int32Array,
): string | null {
  for (let i = 0; i < lowers.length; i++) {
    const lower = lowers[i]!;
    const upper = uppers[i]!;
    if (lower >= upper || !isKnown(positions, lower) || !isKnown(positions, upper))
      return `pairs of a lower and an upper known label expected, ${lower}–${upper} found`;
    if (!isCost(costsUp[i]!) || !isCost(costsDown[i]!))
      return `pair ${lower}–${upper}: two costs expected, ${costsUp[i]} and ${costsDown[i]} found`;
  }
  return null;
}

/** Every parent is the virtual root or offers an edge, and no climb goes round in a circle. */
function faultOfParents(state: ForestState, positions: Int32Array): string | null {
  const { labels, parents, lowers, uppers } = state;
  const confirmed = Uint8Array.from(parents, (parent) => (parent === 0 ? 1 : 0));
  for (let i = 0; i < lowers.length; i++) {
    const lower = positions[lowers[i]!]!;
    const upper = positions[uppers[i]!]!;
    if (parents[upper] === lowers[i] && state.costsUp[i]! < Infinity) confirmed[upper] = 1;
    if (parents[lower] === uppers[i] && state.costsDown[i]! < Infinity) confirmed[lower] = 1;
  }
  const orphan = confirmed.indexOf(0);
  if (orphan !== -1)
    return `node ${labels[orphan]}: a parent with an edge to it expected, ${parents[orphan]} found`;
  const circling = firstThatCircles(state, positions);
  return circling === null ? null : `node ${circling}: a way to a root expected, a cycle found`;
}

function firstThatCircles({ labels, parents }: ForestState, positions: Int32Array): number | null {
  const reachesRoot = new Uint8Array(labels.length);
  for (let start = 0; start < labels.length; start++) {
    const climbed: number[] = [];
    for (let at = start; reachesRoot[at] === 0;) {
      climbed.push(at);
      if (climbed.length > labels.length) return labels[start]!;
      if (parents[at] === 0) break;
      at = positions[parents[at]!]!;
    }
    for (const position of climbed) reachesRoot[position] = 1;
  }
  return null;
}
