import { candidateDefinition, type CandidateDefinition } from './candidate-definition';
import { CandidateLevel, type Places } from './candidate-level';
import { neighboursFor } from './choose-neighbours';
import { NO_DESCENT, type Descent } from './forest-relatives';
import { decodeLists, encodeLists, rejected, type SnapshotRejected } from './lists-snapshot';
import type { Neighbours, TieOrder } from './neighbours';
import { PairJournal, type NodePair } from './pair-journal';
import { assertVector } from './vector-slots';
import { WeightGroups, type Group } from './weight-groups';

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

export interface CandidateGraphOptions extends Partial<CandidateDefinition> {
  readonly dimensions: number;
  /** Further neighbours kept for departures. Default 8. */
  readonly spare?: number;
  /** Which of two labels with equal weights represents both: a total order by content, such as creation and name. */
  readonly precedes: TieOrder;
  /** The current forest, in labels, for an index that needs it. Default none. */
  readonly descent?: Descent;
  /** Models up to which every search is exact (`neighboursFor`). Default 200,000. */
  readonly exactMax?: number;
  /** Another index to search with. */
  readonly neighbours?: (context: NeighboursContext) => Neighbours;
}

/**
 * The candidate graph of one architecture (DESIGN 3.6, 4.4): u-v is a pair when v is among the k nearest of u, or on
 * the climb from u to where it is more crowded (`ascent.ts`), or either of both between hubs (`candidate-level.ts`).
 * Ties are broken by content. A function of the set of models, whatever their order of arrival.
 *
 * Equal weights are one node, so that copies cannot fill a list: only the representative has pairs.
 */
export class CandidateGraph {
  readonly #k: number;
  readonly #spare: number;
  readonly #groups: WeightGroups;
  readonly #neighbours: Neighbours;
  readonly #journal = new PairJournal();
  readonly #level: CandidateLevel;
  /** Lists were restored, climbs and hubs not yet. */
  #restoring = false;

  constructor(options: CandidateGraphOptions) {
    const { dimensions, spare = 8, precedes, descent = NO_DESCENT } = options;
    const definition = candidateDefinition(options);
    const { neighbours = neighboursFor(options.exactMax) } = options;
    this.#k = definition.k;
    this.#spare = spare;
    this.#groups = new WeightGroups(precedes);
    const before: TieOrder = (a, b) => this.#groups.ofNode(a).content < this.#groups.ofNode(b).content;
    this.#neighbours = neighbours({ dimensions, before, descent: this.#inNodes(descent) });
    const places: Places = {
      before,
      around: (node) => this.#neighbours.around(node),
      distances: (node, others) => this.#neighbours.distances(node, others),
    };
    this.#level = new CandidateLevel({ ...definition, spare }, places, this.#journal.record, Infinity);
  }

  /** Models in the graph, copies included. */
  get size(): number {
    return this.#groups.labels;
  }

  get neighbours(): Neighbours {
    return this.#neighbours;
  }

  has(label: number): boolean {
    return this.#groups.withLabel(label) !== undefined;
  }

  /** The label that stands for this one in all pairs: itself, unless another has the same weights. */
  representative(label: number): number {
    return this.#groups.ofLabel(label).labels[0]!;
  }

  /** All labels with the same weights as this one, the representative first. */
  copies(label: number): readonly number[] {
    return this.#groups.ofLabel(label).labels;
  }

  /** The label of a node of the index: what an index persisted under node numbers must be translated with. */
  labelOfNode(node: number): number {
    return this.#groups.ofNode(node).labels[0]!;
  }

  /** The node that stands for a label in the index, or undefined. */
  nodeOfLabel(label: number): number | undefined {
    return this.#groups.withLabel(label)?.node;
  }

  add({ label, content, vector }: GraphModel): CandidateChanges {
    this.settleRestored();
    const known = this.#groups.withContent(content);
    if (known !== undefined) return this.#join(known, label);
    assertVector(vector, this.#neighbours.dimensions);
    const { node } = this.#groups.open(label, content);
    this.#neighbours.add(node, vector);
    this.#level.add(node);
    return this.#changes();
  }

  remove(label: number): CandidateChanges {
    this.settleRestored();
    const group = this.#groups.ofLabel(label);
    if (group.labels.length > 1) return this.#part(group, label);
    this.#neighbours.remove(group.node);
    const refilled = this.#level.remove(group.node);
    const changes = this.#changes(refilled);
    this.#groups.close(group);
    return changes;
  }

  /** Adds a model whose pairs follow by `restorePair`. False where its weights are in the graph already. */
  restoreModel({ label, content, vector }: GraphModel): boolean {
    const known = this.#groups.withContent(content);
    if (known !== undefined) {
      this.#groups.join(known, label);
      return false;
    }
    const { node } = this.#groups.open(label, content);
    this.#neighbours.add(node, vector);
    this.#level.lists.restoreNode(node);
    this.#restoring = true;
    return true;
  }

  /** Restores a pair as `added` or `pairs` once gave it. */
  restorePair({ a, b, distance }: Pair): void {
    this.#level.lists.restorePair(this.#nodeOf(a), this.#nodeOf(b), distance);
  }

  /** The lists as checksummed bytes, for `restoreSnapshot` of a graph with the same models. */
  snapshot(): Uint8Array {
    const nodes = Array.from(this.#groups, ({ node }) => node);
    const { ids, lengths, distances } = this.#level.lists.copyLists(nodes);
    return encodeLists({
      k: this.#k,
      spare: this.#spare,
      labels: Int32Array.from(nodes, (node) => this.labelOfNode(node)),
      lengths,
      neighbours: ids.map((node) => this.labelOfNode(node)),
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
    const known = (label: number): boolean => this.#groups.withLabel(label)?.labels[0] === label;
    if (labels.length !== this.#groups.size || !labels.every(known) || !neighbours.every(known)) {
      return rejected('other-models', 'the snapshot is of other models');
    }
    const nodeOf = (label: number): number => this.#nodeOf(label);
    this.#level.lists.restoreLists(Array.from(labels, nodeOf), {
      lengths,
      ids: neighbours.map(nodeOf),
      distances,
    });
    return null;
  }

  /** Finds climbs and hubs once all lists are back. Whatever needs them does so first, and takes the longer. */
  settleRestored(): void {
    if (!this.#restoring) return;
    this.#restoring = false;
    this.#level.restore(Array.from(this.#groups, ({ node }) => node));
    this.#journal.clear();
  }

  /** All pairs, sorted: for audits. */
  pairs(): Pair[] {
    this.settleRestored();
    const pairs: Pair[] = [];
    for (const { node: a } of this.#groups) {
      for (const b of this.#level.partners(a)) if (a < b) pairs.push(this.#labelled({ a, b }));
    }
    return pairs.sort(byLabels);
  }

  /** The k nearest of a label's weights, nearest first. */
  nearest(label: number): { label: number; distance: number }[] {
    const { lists } = this.#level;
    const node = this.#nodeOf(label);
    return Array.from({ length: lists.count(node) }, (_, rank) => ({
      label: this.labelOfNode(lists.neighbour(node, rank)),
      distance: lists.distance(node, rank),
    }));
  }

  #join(group: Group, label: number): CandidateChanges {
    const before = group.labels[0]!;
    this.#groups.join(group, label);
    if (group.labels[0] === before) {
      return { added: [], removed: [], represented: [{ label, representative: before }] };
    }
    return this.#succession(group, before);
  }

  #part(group: Group, label: number): CandidateChanges {
    const before = group.labels[0]!;
    this.#groups.part(label);
    if (before !== label) return { added: [], removed: [], represented: [] };
    return this.#succession(group, before);
  }

  /** A new representative takes over all pairs of the one before. */
  #succession({ node, labels }: Group, before: number): CandidateChanges {
    const representative = labels[0]!;
    const partners = [...this.#level.partners(node)];
    return {
      added: partners.map((partner) => this.#labelled({ a: node, b: partner })).sort(byLabels),
      removed: partners.map((partner) => ordered(before, this.labelOfNode(partner))).sort(byLabels),
      represented: labels.map((label) => ({ label, representative })),
    };
  }

  #changes(refilled: readonly number[] = []): CandidateChanges {
    this.#showLists(refilled.flatMap((a) => Array.from(this.#level.partners(a), (b) => ({ a, b }))));
    const { added, removed } = this.#journal.drain((u, v) => this.#level.reasons(u, v));
    return {
      added: added.map((pair) => this.#labelled(pair)).sort(byLabels),
      removed: removed.map(({ a, b }) => ordered(this.labelOfNode(a), this.labelOfNode(b))).sort(byLabels),
      represented: [],
    };
  }

  /**
   * Where the index is approximate, two nodes can make a pair, and would be in each other's lists had these seen them.
   * They are shown to the lists, so that lists can be restored from pairs. Exact lists know already. `known` are pairs
   * of lists that were filled anew.
   */
  #showLists(known: readonly NodePair[]): void {
    const { lists } = this.#level;
    let isNew = false;
    for (const { a, b } of [...known, ...this.#journal.gained()]) {
      const distance = this.#distance(a, b);
      const [inA, inB] = [lists.offer(a, b, distance), lists.offer(b, a, distance)];
      isNew ||= inA || inB;
    }
    if (!isNew) return;
    this.#level.settle();
    this.#showLists([]);
  }

  #labelled({ a, b }: NodePair): Pair {
    return { ...ordered(this.labelOfNode(a), this.labelOfNode(b)), distance: this.#distance(a, b) };
  }

  #distance(a: number, b: number): number {
    return this.#level.lists.distanceBetween(a, b) ?? this.#neighbours.distances(a, [b])[0]!;
  }

  #nodeOf(label: number): number {
    return this.#groups.ofLabel(label).node;
  }

  #inNodes(descent: Descent): Descent {
    return {
      parent: (node) => {
        const parent = descent.parent(this.labelOfNode(node));
        return parent === null ? null : (this.nodeOfLabel(parent) ?? null);
      },
      children: (node) => this.#nodesOf(descent.children(this.labelOfNode(node))),
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
