import { DynamicForest, type DynamicForestOptions } from './dynamic-forest';
import { VIRTUAL_ROOT, type Forest, type Neighbour } from './forest';
import { mixed32, seededRandom, type Random } from './random.testing';
import { StaticForest } from './static-forest';

/** `null` stands for `Infinity`, which JSON does not have. */
type Cost = number | null;

/** One call of a forest as JSON. */
export type Operation =
  | {
      readonly type: 'addNode' | 'replaceNode';
      readonly label: number;
      readonly rootCost: number;
      readonly neighbours: readonly (readonly [label: number, costIn: Cost, costOut: Cost])[];
    }
  | { readonly type: 'removeNode'; readonly label: number }
  | { readonly type: 'setRootCost'; readonly label: number; readonly cost: number }
  | {
      readonly type: 'addPair' | 'setPair';
      readonly a: number;
      readonly b: number;
      readonly costAB: Cost;
      readonly costBA: Cost;
    }
  | { readonly type: 'removePair'; readonly a: number; readonly b: number };

export interface History {
  readonly seed: number;
  /** Costs that make the optimum unique: then parents must agree, not only totals. */
  readonly unique: boolean;
  readonly options: DynamicForestOptions;
  readonly operations: readonly Operation[];
}

export interface HistoryShape {
  readonly labelsMax: number;
  readonly operations: number;
  readonly unique: boolean;
}

/** Cost levels are this far apart when a perturbation below makes costs unique. */
const LEVEL = 2 ** 34;

/**
 * A seeded history. Costs take few levels, so that equal costs abound; some histories have pairs that go one way; the
 * bounds of the dynamic forest are drawn so that its rare branches (no shortcut, backward steps put off, potentials
 * that leave their range) are taken often.
 */
export function randomHistory(seed: number, shape: HistoryShape): History {
  const random = seededRandom(seed);
  const unit = shape.unique ? LEVEL : 1;
  const levels = random.pick([2, 4, 8, 20]);
  const rootLevel = random.pick([1, 3, 8, 25]);
  const oneWay = random.chance(0.3) ? 0.4 : 0;
  const density = random.pick([0.15, 0.3, 0.6, 0.9]);
  const noise = (tail: number, head: number): number => (shape.unique ? mixed32(tail, head, 0) : 0);
  const cost = (tail: number, head: number): Cost =>
    random.chance(oneWay) ? null : (1 + random.below(levels)) * unit + noise(tail, head);
  const rootCost = (label: number): number =>
    (rootLevel + random.below(4)) * unit + noise(VIRTUAL_ROOT, label);
  const draft = new Draft(random, shape.labelsMax, density, cost, rootCost);
  return {
    seed,
    unique: shape.unique,
    options: {
      // No fresh potential exceeds the dearest root cost.
      potentialMax: random.chance(0.3) ? 29 * unit : 2 ** 50,
      reattachedNodesMax: random.pick([0, 1, 2, 64]),
      backwardWorkMin: random.pick([0, 4, 1024]),
    },
    operations: Array.from({ length: shape.operations }, () => draft.next()),
  };
}

/** Draws operations that are possible, keeping track of which labels and pairs there are. */
class Draft {
  readonly #pairs = new Map<number, Set<number>>();

  constructor(
    private readonly random: Random,
    private readonly labelsMax: number,
    private readonly density: number,
    private readonly cost: (tail: number, head: number) => Cost,
    private readonly rootCost: (label: number) => number,
  ) {}

  next(): Operation {
    const { random } = this;
    const present = [...this.#pairs.keys()];
    const absent = Array.from({ length: this.labelsMax }, (_, i) => i + 1).filter(
      (label) => !this.#pairs.has(label),
    );
    const dice = random.next();
    if (absent.length > 0 && (dice < 0.3 || present.length < 2))
      return this.#place('addNode', random.pick(absent));
    const label = random.pick(present);
    if (dice < 0.4) return this.#remove(label);
    if (dice < 0.5) return this.#place('replaceNode', label);
    if (dice < 0.6) return { type: 'setRootCost', label, cost: this.rootCost(label) };
    const other = random.pick(present.filter((candidate) => candidate !== label));
    if (other === undefined) return this.#remove(label);
    return this.#touchPair(label, other);
  }

  #place(type: 'addNode' | 'replaceNode', label: number): Operation {
    this.#forget(label);
    const others = [...this.#pairs.keys()].filter(() => this.random.chance(this.density));
    this.#pairs.set(label, new Set(others));
    for (const other of others) this.#pairs.get(other)?.add(label);
    return {
      type,
      label,
      rootCost: this.rootCost(label),
      neighbours: others.map((other) => [other, this.cost(other, label), this.cost(label, other)]),
    };
  }

  #remove(label: number): Operation {
    this.#forget(label);
    return { type: 'removeNode', label };
  }

  #forget(label: number): void {
    for (const other of this.#pairs.get(label) ?? []) this.#pairs.get(other)?.delete(label);
    this.#pairs.delete(label);
  }

  #touchPair(a: number, b: number): Operation {
    const there = this.#pairs.get(a)?.has(b) ?? false;
    if (there && this.random.chance(0.25)) {
      this.#pairs.get(a)?.delete(b);
      this.#pairs.get(b)?.delete(a);
      return { type: 'removePair', a, b };
    }
    this.#pairs.get(a)?.add(b);
    this.#pairs.get(b)?.add(a);
    return { type: there ? 'setPair' : 'addPair', a, b, costAB: this.cost(a, b), costBA: this.cost(b, a) };
  }
}

/** Carries an operation out as far as it is possible: a shrunk history may have lost what it builds on. */
export function apply(forest: Forest, operation: Operation): void {
  switch (operation.type) {
    case 'addNode':
    case 'replaceNode': {
      const { label, rootCost } = operation;
      const neighbours = operation.neighbours
        .filter(([other]) => forest.has(other))
        .map(([other, costIn, costOut]): Neighbour => ({ label: other, costIn: costIn ?? Infinity, costOut: costOut ?? Infinity })); // prettier-ignore
      if (forest.has(label)) forest.replaceNode(label, rootCost, neighbours);
      else forest.addNode(label, rootCost, neighbours);
      return;
    }
    case 'removeNode':
      if (forest.has(operation.label)) forest.removeNode(operation.label);
      return;
    case 'setRootCost':
      if (forest.has(operation.label)) forest.setRootCost(operation.label, operation.cost);
      return;
    case 'addPair':
    case 'setPair': {
      const { a, b, costAB, costBA } = operation;
      if (!forest.has(a) || !forest.has(b)) return;
      if (forest.hasPair(a, b)) forest.setPair(a, b, costAB ?? Infinity, costBA ?? Infinity);
      else forest.addPair(a, b, costAB ?? Infinity, costBA ?? Infinity);
      return;
    }
    case 'removePair':
      if (forest.hasPair(operation.a, operation.b)) forest.removePair(operation.a, operation.b);
      return;
  }
}

export interface Difference {
  readonly step: number;
  readonly operation: Operation;
  readonly what: string;
}

/**
 * Plays a history on a static and a dynamic forest side by side; the first step after which they differ, if any. After
 * each step: equal total cost, equal parents where the optimum is unique, a clean audit, and the changes reported so far
 * add up to the forest. `afterEach` may put another dynamic forest in the place of the current one.
 */
export function firstDifference(
  history: History,
  afterEach: (forest: DynamicForest, step: number) => DynamicForest = (forest) => forest,
): Difference | null {
  const oracle = new StaticForest();
  const folded = new Map<number, number>();
  let forest = new DynamicForest(history.options);
  for (const [step, operation] of history.operations.entries()) {
    let what: string | null;
    try {
      apply(oracle, operation);
      apply(forest, operation);
      forest = afterEach(forest, step);
      what = differenceBetween(oracle, forest, folded, history.unique);
    } catch (error) {
      what = error instanceof Error ? (error.stack ?? error.message) : 'threw';
    }
    if (what !== null) return { step, operation, what };
  }
  return null;
}

function differenceBetween(
  oracle: StaticForest,
  forest: DynamicForest,
  folded: Map<number, number>,
  unique: boolean,
): string | null {
  for (const { label, before, after } of forest.takeChanges()) {
    if ((folded.get(label) ?? null) !== before)
      return `change of ${label} from ${before}, last known ${folded.get(label)}`;
    if (after === null) folded.delete(label);
    else folded.set(label, after);
  }
  const labels = oracle.labels();
  if (labels.length !== forest.size || labels.length !== folded.size)
    return `${labels.length} nodes, ${forest.size} kept`;
  let cheapest = 0;
  let cost = 0;
  for (const label of labels) {
    const parent = forest.parentOf(label);
    const expected = oracle.parentOf(label);
    if (folded.get(label) !== parent)
      return `parent of ${label}: ${parent}, by the changes ${folded.get(label)}`;
    if (unique && parent !== expected) return `parent of ${label}: ${parent}, static ${expected}`;
    cheapest += oracle.costOf(expected, label);
    cost += oracle.costOf(parent, label);
  }
  if (cost !== cheapest) return `total cost ${cost}, static ${cheapest}`;
  const [violation] = forest.audit().violations;
  return violation === undefined
    ? null
    : `audit: ${violation.kind} at ${violation.label}: ${violation.detail}`;
}

/** A shorter history that still fails: drops operations, then neighbours, as long as the failure stays. */
export function shrink(history: History, fails: (history: History) => boolean): History {
  let current = history;
  const keepIfFailing = (operations: readonly Operation[]): boolean => {
    const candidate = { ...current, operations };
    if (!fails(candidate)) return false;
    current = candidate;
    return true;
  };
  for (let chunk = current.operations.length >> 1; chunk >= 1; chunk >>= 1)
    for (let from = 0; from < current.operations.length;)
      if (!keepIfFailing(current.operations.toSpliced(from, chunk))) from += chunk;
  for (let i = 0; i < current.operations.length; i++)
    dropNeighbours(i, () => current.operations, keepIfFailing);
  return current;
}

function dropNeighbours(
  index: number,
  operations: () => readonly Operation[],
  keepIfFailing: (operations: readonly Operation[]) => boolean,
): void {
  for (let from = 0; ;) {
    const operation = operations()[index];
    if (operation === undefined || !('neighbours' in operation) || from >= operation.neighbours.length)
      return;
    const smaller = { ...operation, neighbours: operation.neighbours.toSpliced(from, 1) };
    if (!keepIfFailing(operations().with(index, smaller))) from++;
  }
}
