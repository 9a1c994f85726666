import type { Claim } from '@stemma/events';
import { Column } from './column';
import { Interner } from './interner';
import { SortedChildren } from './sorted-children';

/** Dense integer of a model inside the read model; never leaves this service. */
export type Label = number;

export const NONE: Label = -1;

/** Code of a card that declares nothing. */
export const NO_CLAIM = 0;

/** `named`: seen only as somebody's parent so far; `deleted`: gone from the hub, kept while it joins living models. */
export const STATES = ['named', 'live', 'deleted'] as const;
export type ModelState = (typeof STATES)[number];

const SMALL_CODES_MAX = 256;
const ARCHITECTURES_MAX = 1 << 24;

/**
 * What the query side knows, in columns: one row per model, in the order in which the changes first named it.
 * Only `fold` and `forest` write to it. About 250 bytes a model; evidence stays in the change history.
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
  /** The newest change of the model, where its evidence is. */
  readonly changedAt = Column.float64(0);

  readonly relations = new Interner<string | null>(SMALL_CODES_MAX);
  readonly verdicts = new Interner<string>(SMALL_CODES_MAX);
  readonly architectures = new Interner<string | null>(ARCHITECTURES_MAX);
  readonly claims = new Interner<Claim | null>(ARCHITECTURES_MAX);

  /** Parents that would close a cycle until a later change of the same transaction opens it. */
  readonly awaited = new Map<Label, Label>();

  seq = 0;
  models = 0;
  trees = 0;
  /** Time of the newest folded change; with `seq` it names this state. */
  time = '';

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

  /** The models that are on the hub, in the order in which they came. */
  *live(begin: Label = 0): Generator<Label, void> {
    for (let label = begin; label < this.rows; label++) if (this.isLive(label)) yield label;
  }
}
