import { depthOf, roleOf } from './canonical-name';
import { mix, seedOf } from './seed';

/** A matrix as coordinates see it: nothing here may depend on its dtype or on where its bytes lie. */
export interface Matrix {
  readonly canonicalName: string;
  readonly rows: number;
  readonly columns: number;
}

/** The contiguous rows [rowBegin, rowEnd) of one matrix that are read. */
export interface RowSlab<M extends Matrix> {
  readonly matrix: M;
  readonly rowBegin: number;
  readonly rowEnd: number;
}

export interface SlabBudget {
  /** Counted at `NOMINAL_ITEM_BYTES` a number, whatever the dtype. */
  readonly bytesMax: number;
  readonly tensorsMax: number;
  /** A slab has at least so many rows where the matrix has them: the low-rank block needs rows. */
  readonly slabRowsMin: number;
}

/** Changing how coordinates are drawn makes sketches incomparable: it goes with a new number here. */
export const READ_PLAN_VERSION = 1;

/** Every number is planned as if it took four bytes, so that a float32 copy and a bfloat16 copy are read at the same coordinates. */
export const NOMINAL_ITEM_BYTES = 4;

/** Multiples of it, modulo one, keep apart however many there are: the roles of one round lie at different depths. */
const GOLDEN_RATIO = 0.6180339887498949;

/** One slab may take at most this share of the budget, unless every matrix is that wide: a few huge rows would crowd out all else. */
const SLAB_SHARE_MAX = 1 / 8;

/**
 * Chooses which rows of which matrices are read, a function of names, shapes and budget alone (DESIGN 3.2).
 *
 * First the matrices: all, where the smallest slab of each fits; else a round over the roles (query, key, …), each time at
 * another depth of the network, until the budget is used. Then what is left of the budget makes every slab longer by
 * the same fraction of its matrix. Returns [] where not even one row fits.
 */
export function chooseSlabs<M extends Matrix>(matrices: readonly M[], budget: SlabBudget): RowSlab<M>[] {
  const chosen = chooseMatrices(matrices, budget);
  if (chosen.length === 0) return narrowestSlab(matrices, budget);
  const rowsAt = (fraction: number) =>
    chosen.map((matrix) => Math.max(rowsMin(matrix, budget), Math.floor(fraction * matrix.rows)));
  const fits = (fraction: number) => {
    const rows = rowsAt(fraction);
    return (
      chosen.reduce((sum, { columns }, at) => sum + nominalBytes(rows[at]!, columns), 0) <= budget.bytesMax
    );
  };
  const rows = rowsAt(largestFraction(fits));
  return chosen.map((matrix, at) => slabOf(matrix, rows[at]!));
}

/** The start is drawn from a hash of the coordinates' version, the canonical name and the shape. */
function slabOf<M extends Matrix>(matrix: M, rows: number): RowSlab<M> {
  const seed = seedOf('slab', READ_PLAN_VERSION, matrix.canonicalName, matrix.rows, matrix.columns);
  const rowBegin = mix(seed, 0) % (matrix.rows - rows + 1);
  return { matrix, rowBegin, rowEnd: rowBegin + rows };
}

/** The largest f in [0, 1] with `fits(f)`, by bisection; `fits` is monotone and holds at 0. */
function largestFraction(fits: (fraction: number) => boolean): number {
  if (fits(1)) return 1;
  let low = 0;
  for (let step = 0.5; step > 2 ** -40; step /= 2) if (fits(low + step)) low += step;
  return low;
}

function chooseMatrices<M extends Matrix>(matrices: readonly M[], budget: SlabBudget): M[] {
  const cost = (matrix: M) => nominalBytes(rowsMin(matrix, budget), matrix.columns);
  const total = matrices.reduce((sum, matrix) => sum + cost(matrix), 0);
  if (matrices.length <= budget.tensorsMax && total <= budget.bytesMax) return [...matrices];
  const cheapest = matrices.reduce((least, matrix) => Math.min(least, cost(matrix)), Infinity);
  const costMax = Math.max(cheapest, budget.bytesMax * SLAB_SHARE_MAX);
  const chosen: M[] = [];
  let left = budget.bytesMax;
  for (const matrix of byTurns(matrices.filter((each) => cost(each) <= costMax))) {
    if (chosen.length === budget.tensorsMax) break;
    if (cost(matrix) > left) continue;
    chosen.push(matrix);
    left -= cost(matrix);
  }
  return chosen;
}

/**
 * All matrices in the order in which they are worth reading: one of every role in turn, attention first (low-rank updates are
 * usually there), and within a role the depths in bit-reversed order from a start of its own, so that any prefix is spread evenly.
 */
function byTurns<M extends Matrix>(matrices: readonly M[]): M[] {
  const byRole = new Map<string, M[]>();
  for (const matrix of matrices) {
    const role = roleOf(matrix.canonicalName);
    const members = byRole.get(role);
    if (members === undefined) byRole.set(role, [matrix]);
    else members.push(matrix);
  }
  const roles = [...byRole.entries()]
    .map(([role, members]) => ({ members, ...turnOf(role), role }))
    .sort((a, b) => a.rank - b.rank || a.draw - b.draw || (a.role < b.role ? -1 : 1))
    .map(({ members }, at) => spread(members, ((at + 1) * GOLDEN_RATIO) % 1));
  const turns: M[] = [];
  for (let turn = 0; turns.length < matrices.length; turn++) {
    for (const members of roles) if (turn < members.length) turns.push(members[turn]!);
  }
  return turns;
}

function turnOf(role: string): { readonly rank: number; readonly draw: number } {
  const isAttention = /attn|attention|[qkv]_proj|query|key|value|qkv/i.test(role);
  return { rank: isAttention ? 0 : 1, draw: seedOf('role', READ_PLAN_VERSION, role) };
}

/** Van der Corput order of the members sorted by depth, from `start` (a fraction of the depth) on. */
function spread<M extends Matrix>(members: readonly M[], start: number): M[] {
  const sorted = members
    .map((matrix) => ({ matrix, depth: depthOf(matrix.canonicalName) }))
    .sort(
      (a, b) => compareDepth(a.depth, b.depth) || (a.matrix.canonicalName < b.matrix.canonicalName ? -1 : 1),
    );
  const bits = Math.ceil(Math.log2(Math.max(2, sorted.length)));
  const first = Math.floor(start * sorted.length);
  const order: M[] = [];
  for (let i = 0; i < 2 ** bits; i++) {
    const at = reversedBits(i, bits);
    if (at < sorted.length) order.push(sorted[(at + first) % sorted.length]!.matrix);
  }
  return order;
}

function compareDepth(a: readonly number[], b: readonly number[]): number {
  for (let at = 0; at < Math.min(a.length, b.length); at++) {
    if (a[at] !== b[at]) return a[at]! - b[at]!;
  }
  return a.length - b.length;
}

function reversedBits(value: number, bits: number): number {
  let reversed = 0;
  for (let bit = 0; bit < bits; bit++) reversed = (reversed << 1) | ((value >> bit) & 1);
  return reversed;
}

/** Where rows are so wide that no full slab fits: as many rows as fit of the narrowest matrix. */
function narrowestSlab<M extends Matrix>(matrices: readonly M[], { bytesMax }: SlabBudget): RowSlab<M>[] {
  const sorted = [...matrices].sort(
    (a, b) => a.columns - b.columns || (a.canonicalName < b.canonicalName ? -1 : 1),
  );
  const narrowest = sorted[0];
  if (narrowest === undefined) return [];
  const rows = Math.min(narrowest.rows, Math.floor(bytesMax / nominalBytes(1, narrowest.columns)));
  return rows === 0 ? [] : [slabOf(narrowest, rows)];
}

function rowsMin(matrix: Matrix, { slabRowsMin }: SlabBudget): number {
  return Math.min(matrix.rows, slabRowsMin);
}

function nominalBytes(rows: number, columns: number): number {
  return rows * columns * NOMINAL_ITEM_BYTES;
}
