import { type Observation, pairTensors } from './observation';
import { kernelFor, type PairKernel } from './pair-kernel';
import {
  areEqual,
  coarsened,
  finiteInBoth,
  isOfPlace,
  type SampleTable,
  tableOf,
  tableOfTensors,
  type TensorPlace,
} from './sample-table';

/** Two tables of equal places, whose numbers are finite in both. */
export class TablePair {
  readonly kernel: PairKernel;
  #products: readonly number[] | null = null;

  constructor(
    readonly p: SampleTable,
    readonly q: SampleTable,
  ) {
    this.kernel = kernelFor(p, q);
  }

  /** By tensor: the inner product of both. */
  get products(): readonly number[] {
    this.#products ??= this.kernel.tensorProducts(this.p, this.q);
    return this.#products;
  }
}

/** What is compared of two models. */
export interface PairTables {
  readonly raw: TablePair;
  /**
   * In the coarser of both number formats, so that a mere cast has distance zero and a light training of a cast model is not
   * hidden under the rounding noise between formats.
   */
  readonly coarse: TablePair;
}

/** The numbers that two models were both read at; null where there are none. */
export function pairTables(a: Observation, b: Observation): PairTables | null {
  if (a.coordinates !== b.coordinates) return null;
  const [p, q] = alignedTables(a, b);
  if (p.places.length === 0) return null;
  const raw = finitePair(p, q);
  if (areEqual(p.roundings, q.roundings)) return { raw, coarse: raw };
  return { raw, coarse: finitePair(coarsened(p, q.roundings), coarsened(q, p.roundings)) };
}

function alignedTables(a: Observation, b: Observation): [SampleTable, SampleTable] {
  const [p, q] = [tableOf(a), tableOf(b)];
  if (haveSamePlaces(p.places, q.places)) return [p, q];
  const pairs = pairTensors(a, b);
  return [tableOfTensors(pairs.map((pair) => pair.a)), tableOfTensors(pairs.map((pair) => pair.b))];
}

function haveSamePlaces(p: readonly TensorPlace[], q: readonly TensorPlace[]): boolean {
  return p === q || (p.length === q.length && p.every((place, t) => isOfPlace(place, q[t]!)));
}

function finitePair(p: SampleTable, q: SampleTable): TablePair {
  return p.isFinite && q.isFinite
    ? new TablePair(p, q)
    : new TablePair(finiteInBoth(p, q), finiteInBoth(q, p));
}
