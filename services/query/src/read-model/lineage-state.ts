import type { Claim } from '@stemma/events';
import { Column } from './column';
import { Interner } from './interner';
import { SortedChildren } from './sorted-children';
import type { Told } from './told';

/** Dense integer of a model inside the read model; never leaves this service. */
export type Label = number;

export const NONE: Label = -1;

/** Where a model stands in the list of all: its partition times `LIST_LENGTH_MAX`, and its number there. */
export type ListEntry = number;

const LIST_LENGTH_MAX = 2 ** 32;

/** Code of a card that declares nothing. */
export const NO_CLAIM = 0;

/** `named`: seen only as somebody's parent so far; `deleted`: gone from the hub, kept while it joins living models. */
export const STATES = ['named', 'live', 'deleted'] as const;
export type ModelState = (typeof STATES)[number];

const SMALL_CODES_MAX = 256;
const ARCHITECTURES_MAX = 1 << 24;

/**
 * What the query side knows, in columns: one row per model, in the order in which the changes first named it.
 * Only `fold`, `told` and `forest` write to it. About 270 bytes a model; evidence stays in the change history.
 */
export class LineageState {
  readonly names: string[] = [];
  readonly revisions: string[] = [];
  readonly parent = Column.int32(NONE);
  readonly state = Column.uint8(STATES.indexOf('named'));
  /** Living models in the subtree, the model itself included. */
  readonly living = Column.int32(0);
  /** Children with something living in their subtree. */
  readonly childCount = Column.int32(0);
  readonly relation = Column.uint8(0);
  readonly verdict = Column.uint8(0);
  readonly confidence = Column.float64(0);
  readonly architecture = Column.int32(0);
  readonly claim = Column.int32(NO_CLAIM);
  /** The change that the model is shown by, where its evidence is: partition and seq. */
  readonly partition = Column.int32(0);
  readonly changedAt = Column.float64(0);
  /** Its number among the models of that partition. */
  readonly listed = Column.int32(0);
  /** Since when the revision that is shown holds, Unix milliseconds. */
  readonly publishedAt = Column.float64(0);

  readonly relations = new Interner<string | null>(SMALL_CODES_MAX);
  readonly verdicts = new Interner<string>(SMALL_CODES_MAX);
  readonly architectures = new Interner<string | null>(ARCHITECTURES_MAX);
  readonly claims = new Interner<Claim | null>(ARCHITECTURES_MAX);

  /** Parents that would close a cycle until a later change opens it. */
  readonly awaited = new Map<Label, Label>();
  /**
   * What each partition told last, of the models that more than one has told of: a few, since a model is told of by the
   * partition of its architecture.
   */
  readonly rivals = new Map<Label, Map<number, Told>>();

  /** The newest folded seq of every partition. */
  readonly seqs: number[] = [];
  /** Changes folded, over all partitions. */
  changes = 0;
  models = 0;
  trees = 0;
  /** Time of the newest folded change; with `seqs` it names this state. */
  time = '';

  /** Models in the order in which each partition first told of them. */
  readonly #listed: Label[][] = [];
  readonly #labels = new Map<string, Label>();
  readonly #children: (SortedChildren | undefined)[] = [];

  /** Siblings are ordered by name, so that nothing depends on the order of arrival. */
  readonly byName = (a: Label, b: Label): number => {
    const [left, right] = [this.name(a), this.name(b)];
    return left < right ? -1 : left > right ? 1 : 0;
  };

  constructor() {
    this.relations.code(null);
    this.verdicts.code('root');
    this.architectures.code(null);
    this.claims.code(null);
  }

  /** Rows, the merely named models included. */
  get rows(): number {
    return this.names.length;
  }

  find(name: string): Label | undefined {
    return this.#labels.get(name);
  }

  intern(name: string): Label {
    const known = this.#labels.get(name);
    if (known !== undefined) return known;
    const label = this.names.length;
    this.names.push(name);
    this.revisions.push('');
    this.#labels.set(name, label);
    return label;
  }

  name(label: Label): string {
    return this.names[label] as string;
  }

  stateOf(label: Label): ModelState {
    return STATES[this.state.get(label)] as ModelState;
  }

  isLive(label: Label): boolean {
    return this.stateOf(label) === 'live';
  }

  /** A tree is a parentless model with at least one living model under it or in it. */
  isRoot(label: Label): boolean {
    return this.parent.get(label) === NONE && this.living.get(label) > 0;
  }

  children(label: Label): SortedChildren {
    return (this.#children[label] ??= new SortedChildren());
  }

  /** Children in order of name (after `after`, where given), without branches in which nothing lives. */
  *livingChildren(label: Label, after?: Label): Generator<Label, void> {
    const children = this.#children[label];
    if (children === undefined) return;
    const ordered = children.all(this.byName);
    for (let i = after === undefined ? 0 : children.after(after, this.byName); i < ordered.length; i++) {
      const child = ordered[i] as Label;
      if (this.living.get(child) > 0) yield child;
    }
  }

  /** To be called when a partition first tells of a model; gives its number there. */
  list(partition: number, label: Label): number {
    while (this.#listed.length <= partition) this.#listed.push([]);
    return (this.#listed[partition] as Label[]).push(label) - 1;
  }

  /**
   * The models that are on the hub, from an entry of the list on: by partition, and in each in the order in which they came. An
   * order that does not hang on how the partitions were read, so that a page of one reader goes on at another.
   */
  *live(begin: ListEntry = 0): Generator<Label, void> {
    let at = begin % LIST_LENGTH_MAX;
    for (let partition = Math.floor(begin / LIST_LENGTH_MAX); partition < this.#listed.length; partition++) {
      const listed = this.#listed[partition] as Label[];
      for (; at < listed.length; at++) {
        const label = listed[at] as Label;
        if (this.isLive(label) && this.partition.get(label) === partition) yield label;
      }
      at = 0;
    }
  }

  /** Where `live` goes on behind a model. */
  entryAfter(label: Label): ListEntry {
    return this.partition.get(label) * LIST_LENGTH_MAX + this.listed.get(label) + 1;
  }
}
