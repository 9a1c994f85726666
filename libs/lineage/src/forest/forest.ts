import type { AuditReport } from './certificate';

/** The label of the virtual root: the "parent" of every root. */
export const VIRTUAL_ROOT = 0;

/**
 * Costs are integers held in doubles, of at most this magnitude: sums and differences along a tree path then stay
 * below 2⁵³ and exact, and nothing in the forest needs an epsilon.
 */
export const COST_MAX = 2 ** 48;

/** One candidate of a node, seen from the node. `Infinity`: no edge in this direction. */
export interface Neighbour {
  readonly label: number;
  /** Cost of neighbour → node: the price of the neighbour as the node's parent. */
  readonly costIn: number;
  /** Cost of node → neighbour. */
  readonly costOut: number;
}

/** `null`: the node was not in the forest (`before`) or is no longer (`after`). 0: the node is a root. */
export interface ParentChange {
  readonly label: number;
  readonly before: number | null;
  readonly after: number | null;
}

/**
 * The minimum arborescence under the virtual root, kept over a candidate graph that changes.
 *
 * After every call the forest has the least total cost that the current graph allows. With costs that make the optimum
 * unique (a content hash in the low bits does, but for a vanishing chance) the forest is therefore a function of the
 * graph alone, whatever the order of the calls. With equal costs the total is still a function of the graph; *which*
 * of the cheapest forests it is may then depend on the history.
 *
 * Labels are integers ≥ 1, meant to be dense, since they are array indices; a removed label may come back. Calls that
 * break a precondition (unknown label, pair that exists already, cost that is no integer) fail an assertion.
 */
export interface Forest {
  /** Nodes, without the virtual root. */
  readonly size: number;
  has(label: number): boolean;
  hasPair(a: number, b: number): boolean;

  /** Adds a node that is not there, with its pairs to nodes that are. `rootCost` is finite. */
  addNode(label: number, rootCost: number, neighbours: readonly Neighbour[]): void;
  /** Removes a node and its pairs; its children find other parents. */
  removeNode(label: number): void;
  /** Gives a node that is there another root cost and another set of pairs, touching only what differs. */
  replaceNode(label: number, rootCost: number, neighbours: readonly Neighbour[]): void;

  /** Adds the pair a–b, which is not there: `costAB` is the cost of a → b. */
  addPair(a: number, b: number, costAB: number, costBA: number): void;
  /** Changes the costs of a pair that is there. */
  setPair(a: number, b: number, costAB: number, costBA: number): void;
  removePair(a: number, b: number): void;
  setRootCost(label: number, cost: number): void;

  parentOf(label: number): number;
  /** In ascending order. `childrenOf(VIRTUAL_ROOT)` are the roots. */
  childrenOf(label: number): number[];
  /** Ascending by label. */
  neighboursOf(label: number): Neighbour[];
  /** `tail` may be `VIRTUAL_ROOT`; Infinity where there is no such edge. */
  costOf(tail: number, head: number): number;
  /** Ascending. */
  labels(): number[];

  /** What changed since the last call, net (a parent that changed and changed back is left out), ascending by label. */
  takeChanges(): ParentChange[];

  /** Proves the forest optimal, or part of that proof: the edges into the given labels. */
  audit(labels?: Iterable<number>): AuditReport;
}
