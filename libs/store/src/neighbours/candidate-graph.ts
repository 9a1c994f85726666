import assert from 'node:assert/strict';

import { ExactNeighbours } from './exact-neighbours';
import { NO_DESCENT, type Descent } from './forest-relatives';
import { decodeLists, encodeLists, rejected, type SnapshotRejected } from './lists-snapshot';
import { NearestLists, type PairChange } from './nearest-lists';
import type { Neighbours, TieOrder } from './neighbours';
import { assertVector } from './vector-slots';

/** An undirected candidate pair of labels, a < b, with the squared distance of their vectors. */
export interface Pair {
  readonly a: number;
  readonly b: number;
  readonly distance: number;
}

export interface CandidateChanges {
  readonly added: readonly Pair[];
  readonly removed: readonly { readonly a: number; readonly b: number }[];
  /** Labels that another label represents from now on, or that represent themselves again. */
  readonly represented: readonly { readonly label: number; readonly representative: number }[];
}

/** A model that enters the graph. Equal content means equal weights, and so an equal vector. */
export interface GraphModel {
  readonly label: number;
  readonly content: string;
  readonly vector: Float32Array;
}

export interface NeighboursContext {
  readonly dimensions: number;
  readonly before: TieOrder;
  /** The current forest, in nodes of the graph. */
  readonly descent: Descent;
}

export interface CandidateGraphOptions {
  readonly dimensions: number;
  /** Neighbours a model brings into the graph. Default 32. */
  readonly k?: number;
  /** Further neighbours kept for departures. Default 8. */
  readonly spare?: number;
  /** Which of two labels with equal weights represents both: a total order by content, such as creation and name. */
  readonly precedes: TieOrder;
  /** The current forest, in labels, for an index that needs it. Default none. */
  readonly descent?: Descent;
  /** The index to search with. Default exact. */
  readonly neighbours?: (context: NeighboursContext) => Neighbours;
}

interface Group {
  readonly node: number;
  readonly content: string;
  /** In the order of `precedes`: the first represents all. */
  readonly labels: number[];
}

/**
 * The candidate graph of one architecture (DESIGN 3.6, 4.4): u-v is an edge when v is among the k nearest of u or u
 * among those of v, ties broken by content. A function of the set of models, whatever their order of arrival.
 *
 * Equal weights are one node, so that copies cannot fill a list: only the representative has pairs.
 */
export class CandidateGraph {
  readonly #k: number;
  readonly #spare: number;
  readonly #precedes: TieOrder;
  readonly #neighbours: Neighbours;
  readonly #lists: NearestLists;
  readonly #groupOf = new Map<number, Group>();
  readonly #byContent = new Map<string, Group>();
  readonly #groups: (Group | undefined)[] = [];
  readonly #free: number[] = [];

  constructor(options: CandidateGraphOptions) {
    const { dimensions, k = 32, spare = 8, precedes, descent = NO_DESCENT } = options;
    const { neighbours = (context) => new ExactNeighbours(context) } = options;
    const before: TieOrder = (a, b) => this.#group(a).content < this.#group(b).content;
    this.#k = k;
    this.#spare = spare;
    this.#precedes = precedes;
    this.#lists = new NearestLists(k, spare, before);
    this.#neighbours = neighbours({ dimensions, before, descent: this.#inNodes(descent) });
  }

  /** Models in the graph, copies included. */
  get size(): number {
    return this.#groupOf.size;
  }

  get neighbours(): Neighbours {
    return this.#neighbours;
  }

  has(label: number): boolean {
    return this.#groupOf.has(label);
  }

  /** The label that stands for this one in all pairs: itself, unless another has the same weights. */
  representative(label: number): number {
    return this.#groupOfLabel(label).labels[0]!;
  }

  /** All labels with the same weights as this one, the representative first. */
  copies(label: number): readonly number[] {
    return this.#groupOfLabel(label).labels;
  }

  /** The label of a node of the index: what an index persisted under node numbers must be translated with. */
  labelOfNode(node: number): number {
    return this.#labelOf(node);
  }

  /** The node that stands for a label in the index, or undefined. */
  nodeOfLabel(label: number): number | undefined {
    return this.#groupOf.get(label)?.node;
  }

  add({ label, content, vector }: GraphModel): CandidateChanges {
    const known = this.#byContent.get(content);
    if (known !== undefined) return this.#join(known, label);
    assertVector(vector, this.#neighbours.dimensions);
    const group = this.#open(label, content);
    this.#neighbours.add(group.node, vector);
    return this.#changes(this.#lists.add(group.node, this.#neighbours.around(group.node)));
  }

  remove(label: number): CandidateChanges {
    const group = this.#groupOfLabel(label);
    if (group.labels.length > 1) return this.#part(group, label);
    this.#neighbours.remove(group.node);
    const pairs = this.#lists.remove(group.node, (node) => this.#neighbours.around(node));
    const changes = this.#changes(pairs);
    this.#close(group);
    return changes;
  }

  /** Adds a model whose pairs follow by `restorePair`. False where its weights are in the graph already. */
  restoreModel(model: GraphModel): boolean {
    const known = this.#byContent.get(model.content);
    if (known !== undefined) {
      this.#insertLabel(known, model.label);
      return false;
    }
    const { node } = this.#open(model.label, model.content);
    this.#neighbours.add(node, model.vector);
    this.#lists.restoreNode(node);
    return true;
  }

  /** Restores a pair as `added` or `pairs` once gave it. */
  restorePair({ a, b, distance }: Pair): void {
    this.#lists.restorePair(this.#groupOfLabel(a).node, this.#groupOfLabel(b).node, distance);
  }

  /** The lists as checksummed bytes, for `restoreSnapshot` of a graph with the same models. */
  snapshot(): Uint8Array {
    const groups = this.#groups.filter((group) => group !== undefined);
    const { ids, lengths, distances } = this.#lists.copyLists(groups.map(({ node }) => node));
    return encodeLists({
      k: this.#k,
      spare: this.#spare,
      labels: Int32Array.from(groups, ({ labels }) => labels[0]!),
      lengths,
      neighbours: ids.map((node) => this.#labelOf(node)),
      distances,
    });
  }

  /**
   * Restores what `snapshot` wrote, after all models were restored; faster than pair by pair, and with the spares.
   * Null, or why it does not fit: then nothing was restored, and the pairs can be instead.
   */
  restoreSnapshot(bytes: Uint8Array): SnapshotRejected | null {
    const snapshot = decodeLists(bytes);
    if (snapshot.type === 'rejected') return snapshot;
    const { labels, lengths, neighbours, distances, k, spare } = snapshot;
    if (k !== this.#k || spare !== this.#spare) {
      return rejected(
        'other-format',
        `expected k ${this.#k} and ${this.#spare} spares, found ${k} and ${spare}`,
      );
    }
    const known = (label: number): boolean => this.#groupOf.get(label)?.labels[0] === label;
    if (labels.length !== this.#byContent.size || !labels.every(known) || !neighbours.every(known)) {
      return rejected('other-models', 'the snapshot is of other models');
    }
    const nodeOf = (label: number): number => this.#groupOfLabel(label).node;
    this.#lists.restoreLists(Array.from(labels, nodeOf), { lengths, ids: neighbours.map(nodeOf), distances });
    return null;
  }

  /** All pairs, sorted: for audits. */
  pairs(): Pair[] {
    return Array.from(this.#lists.pairs(), (pair) => ({
      ...this.#labelled(pair),
      distance: pair.distance,
    })).sort(byLabels);
  }

  /** The k nearest of a label's weights, nearest first. */
  nearest(label: number): { label: number; distance: number }[] {
    const nearest = this.#lists.nearest(this.#groupOfLabel(label).node);
    return nearest.map(({ label: node, distance }) => ({ label: this.#labelOf(node), distance }));
  }

  #join(group: Group, label: number): CandidateChanges {
    const before = group.labels[0]!;
    this.#insertLabel(group, label);
    if (group.labels[0] === before) {
      return { added: [], removed: [], represented: [{ label, representative: before }] };
    }
    return this.#succession(group, before);
  }

  #part(group: Group, label: number): CandidateChanges {
    const before = group.labels[0]!;
    group.labels.splice(group.labels.indexOf(label), 1);
    this.#groupOf.delete(label);
    if (before !== label) return { added: [], removed: [], represented: [] };
    return this.#succession(group, before);
  }

  /** A new representative takes over all pairs of the one before. */
  #succession(group: Group, before: number): CandidateChanges {
    const representative = group.labels[0]!;
    const pairs = this.#lists.pairsOf(group.node);
    const others = pairs.map(({ a, b, distance }) => ({
      other: this.#labelOf(a === group.node ? b : a),
      distance,
    }));
    return {
      added: others
        .map(({ other, distance }) => ({ ...ordered(representative, other), distance }))
        .sort(byLabels),
      removed: others.map(({ other }) => ordered(before, other)).sort(byLabels),
      represented: group.labels.map((label) => ({ label, representative })),
    };
  }

  #changes(pairs: readonly PairChange[]): CandidateChanges {
    const added: Pair[] = [];
    const removed: { a: number; b: number }[] = [];
    for (const pair of pairs) {
      const labels = this.#labelled(pair);
      if (pair.distance === null) removed.push(labels);
      else added.push({ ...labels, distance: pair.distance });
    }
    return { added: added.sort(byLabels), removed: removed.sort(byLabels), represented: [] };
  }

  #labelled({ a, b }: { a: number; b: number }): { a: number; b: number } {
    return ordered(this.#labelOf(a), this.#labelOf(b));
  }

  #open(label: number, content: string): Group {
    assert(!this.#groupOf.has(label), `label ${label} is in the candidate graph`);
    const node = this.#free.pop() ?? this.#groups.length;
    const group: Group = { node, content, labels: [label] };
    this.#groups[node] = group;
    this.#groupOf.set(label, group);
    this.#byContent.set(content, group);
    return group;
  }

  #close(group: Group): void {
    this.#groupOf.delete(group.labels[0]!);
    this.#byContent.delete(group.content);
    this.#groups[group.node] = undefined;
    this.#free.push(group.node);
  }

  #insertLabel(group: Group, label: number): void {
    assert(!this.#groupOf.has(label), `label ${label} is in the candidate graph`);
    const rank = group.labels.findIndex((other) => this.#precedes(label, other));
    group.labels.splice(rank === -1 ? group.labels.length : rank, 0, label);
    this.#groupOf.set(label, group);
  }

  #group(node: number): Group {
    const group = this.#groups[node];
    if (group === undefined) assert.fail(`node ${node} is not in the candidate graph`);
    return group;
  }

  #groupOfLabel(label: number): Group {
    const group = this.#groupOf.get(label);
    if (group === undefined) assert.fail(`label ${label} is not in the candidate graph`);
    return group;
  }

  #labelOf(node: number): number {
    return this.#group(node).labels[0]!;
  }

  #inNodes(descent: Descent): Descent {
    return {
      parent: (node) => {
        const parent = descent.parent(this.#labelOf(node));
        return parent === null ? null : (this.nodeOfLabel(parent) ?? null);
      },
      children: (node) => this.#nodesOf(descent.children(this.#labelOf(node))),
    };
  }

  *#nodesOf(labels: Iterable<number>): Generator<number> {
    for (const label of labels) {
      const node = this.nodeOfLabel(label);
      if (node !== undefined) yield node;
    }
  }
}

function ordered(a: number, b: number): { a: number; b: number } {
  return a < b ? { a, b } : { a: b, b: a };
}

function byLabels(x: { a: number; b: number }, y: { a: number; b: number }): number {
  return x.a - y.a || x.b - y.b;
}
