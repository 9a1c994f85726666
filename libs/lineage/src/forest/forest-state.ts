// Typed-array reads carry `!`: positions are below the lengths compared first.
import { isCost, NO_EDGE, type CandidateGraph } from './candidate-graph';
import type { CertifiedTree } from './certified-tree';

/**
 * All that a dynamic forest is, as plain arrays in one canonical order: nodes ascending by label, pairs ascending by
 * (lower label, upper label). Per-node arrays run along `labels`.
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

/** O(pairs · log degree). */
export function stateOf(graph: CandidateGraph, tree: CertifiedTree): ForestState {
  const state = emptyState(graph.nodeCount, graph.pairCount);
  let nodes = 0;
  let pairs = 0;
  for (let label = 1; label < graph.nodeCapacity; label++) {
    if (!graph.has(label)) continue;
    state.labels[nodes] = label;
    state.rootCosts[nodes] = graph.rootCost[label]!;
    state.potentials[nodes] = tree.potential[label]!;
    state.parents[nodes] = tree.parent[label]!;
    nodes++;
    for (const edge of edgesFromAbove(graph, label)) {
      state.lowers[pairs] = label;
      state.uppers[pairs] = graph.tailOf(edge);
      state.costsUp[pairs] = graph.cost[edge ^ 1]!;
      state.costsDown[pairs] = graph.cost[edge]!;
      pairs++;
    }
  }
  return state;
}

/** The edges into a label from greater ones, ascending. */
function edgesFromAbove(graph: CandidateGraph, label: number): number[] {
  const edges: number[] = [];
  for (let edge = graph.firstIn[label]!; edge !== NO_EDGE; edge = graph.next[edge]!)
    if (graph.tailOf(edge) > label) edges.push(edge);
  return edges.sort((a, b) => graph.tailOf(a) - graph.tailOf(b));
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
 * What is wrong with a state from outside, in a sentence; null if nothing is. Checks everything but optimality, which
 * is for `audit` to prove.
 */
export function faultOf(state: ForestState, labelMax: number): string | null {
  const known = new Set<number>();
  let last = 0;
  for (const label of state.labels) {
    if (label <= last || label > labelMax)
      return `labels ascending within 1..${labelMax} expected, ${label} after ${last} found`;
    known.add(label);
    last = label;
  }
  return faultOfNodes(state) ?? faultOfPairs(state, known) ?? faultOfParents(state, known);
}

function faultOfNodes({ labels, rootCosts, potentials }: ForestState): string | null {
  for (let i = 0; i < labels.length; i++) {
    const label = labels[i]!;
    if (!isCost(rootCosts[i]!) || rootCosts[i] === Infinity)
      return `node ${label}: a root cost expected, ${rootCosts[i]} found`;
    if (!Number.isSafeInteger(potentials[i]))
      return `node ${label}: a safe integer as potential expected, ${potentials[i]} found`;
  }
  return null;
}

function faultOfPairs(state: ForestState, known: ReadonlySet<number>): string | null {
  let lastLower = 0;
  let lastUpper = 0;
  for (let i = 0; i < state.lowers.length; i++) {
    const lower = state.lowers[i]!;
    const upper = state.uppers[i]!;
    const ascending = lower < upper && (lower > lastLower || (lower === lastLower && upper > lastUpper));
    if (!ascending)
      return `pairs in ascending order expected, ${lower}–${upper} after ${lastLower}–${lastUpper} found`;
    if (!known.has(lower) || !known.has(upper))
      return `pairs between known nodes expected, ${lower}–${upper} found`;
    if (!isCost(state.costsUp[i]!) || !isCost(state.costsDown[i]!))
      return `pair ${lower}–${upper}: costs expected, ${state.costsUp[i]} and ${state.costsDown[i]} found`;
    lastLower = lower;
    lastUpper = upper;
  }
  return null;
}

/** Every parent is the root or offers an edge, and no climb comes back to where it was. */
function faultOfParents(state: ForestState, known: ReadonlySet<number>): string | null {
  const unconfirmed = new Map<number, number>();
  const parentOf = new Map<number, number>();
  state.labels.forEach((label, i) => {
    parentOf.set(label, state.parents[i]!);
    if (state.parents[i] !== 0) unconfirmed.set(label, state.parents[i]!);
  });
  for (let i = 0; i < state.lowers.length; i++) {
    const lower = state.lowers[i]!;
    const upper = state.uppers[i]!;
    if (unconfirmed.get(upper) === lower && state.costsUp[i]! < Infinity) unconfirmed.delete(upper);
    if (unconfirmed.get(lower) === upper && state.costsDown[i]! < Infinity) unconfirmed.delete(lower);
  }
  for (const [label, parent] of unconfirmed)
    return `node ${label}: a parent ${known.has(parent) ? 'with an edge to it' : 'in the forest'} expected, ${parent} found`;
  const reachesRoot = new Set<number>([0]);
  for (const label of state.labels) {
    const climbed: number[] = [];
    let at = label;
    for (; !reachesRoot.has(at) && climbed.length <= known.size; at = parentOf.get(at)!) climbed.push(at);
    if (!reachesRoot.has(at)) return `node ${label}: a way to a root expected, a cycle found`;
    for (const below of climbed) reachesRoot.add(below);
  }
  return null;
}
