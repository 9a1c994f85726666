import type { TrueModel } from '@stemma/lineage';
import { readModel, wholeReads, type ModelSource, type ReadModel } from '@stemma/weights';
import { floatBytes, safetensorsFile } from '@stemma/zoo';
import { treesOfTruth } from './draws';
import type { Family, FamilyModel } from './families';

type FileDtype = 'F16' | 'BF16';

/** What is done to the weights of one matrix, row by row of `width`. */
interface Conversion {
  readonly name: string;
  readonly dtype: FileDtype;
  readonly convert: (values: Float64Array, width: number) => Float64Array;
}

const PRUNED_SHARE = 0.2;
const LEVELS = 127;

const CAST: Conversion = { name: 'cast', dtype: 'BF16', convert: (values) => values };
const PRUNED: Conversion = { name: 'pruned', dtype: 'F16', convert: prune };
const QUANTISED: Conversion = { name: 'quantised', dtype: 'F16', convert: quantise };

/** Of the root and its children. One is pruned: several would be cut in the same places, and nearer to each other than to their sources. */
const CONVERSIONS = [QUANTISED, CAST, PRUNED, QUANTISED, CAST];

const AS_IT_IS: Conversion = { name: '', dtype: 'F16', convert: (values) => values };

/** The root and its children of every tree, each with one conversion below it. */
export async function conversionsOf({ truth, models }: Family): Promise<Family> {
  const roots = new Set(truth.flatMap(({ model, parents }) => (parents.length === 0 ? [model] : [])));
  const found: FamilyModel[] = [];
  const foundTruth: TrueModel[] = [];
  for (const tree of treesOfTruth(truth)) {
    const sources = tree.filter(({ parents }) => parents.every((parent) => roots.has(parent)));
    for (const [i, source] of sources.entries()) {
      const { whole } = models.find(({ model }) => model === source.model)!;
      const conversion = CONVERSIONS[i % CONVERSIONS.length]!;
      const model = `${source.model}-${conversion.name}`;
      found.push(await rewritten(source.model, whole, AS_IT_IS), await rewritten(model, whole, conversion));
      foundTruth.push(source, { model, tree: source.tree, parents: [source.model] });
    }
  }
  return { graph: 'conversions', truth: foundTruth, models: found };
}

/** A model's matrices in a file of their own, converted, and read again. */
async function rewritten(
  model: string,
  { slabs }: ReadModel,
  { dtype, convert }: Conversion,
): Promise<FamilyModel> {
  const file = safetensorsFile(
    Object.fromEntries(
      slabs.map((slab) => {
        const { name, rows, width } = slab;
        return [
          name,
          { dtype, shape: [rows, width], bytes: floatBytes(convert(slab.values(), width), dtype) },
        ];
      }),
    ),
  );
  const source: ModelSource = {
    files: [{ path: 'model.safetensors', size: file.byteLength, hash: null }],
    read: async (_file, begin, end) => file.subarray(begin, end),
  };
  const [sample, whole] = [await readModel(source), await readModel(source, wholeReads)];
  if (sample.type === 'rejected') throw new Error(`${model}: ${sample.detail}`);
  if (whole.type === 'rejected') throw new Error(`${model}: ${whole.detail}`);
  return { model, sample, whole };
}

/** The smallest weights of the matrix are cut out. */
function prune(values: Float64Array): Float64Array {
  const sizes = values.map(Math.abs).sort();
  const least = sizes[Math.floor(PRUNED_SHARE * sizes.length)]!;
  return values.map((value) => (Math.abs(value) < least ? 0 : value));
}

/** Every row on a lattice of 8 bits of its own. */
function quantise(values: Float64Array, width: number): Float64Array {
  const quantised = Float64Array.from(values);
  for (let begin = 0; begin < values.length; begin += width) {
    const row = quantised.subarray(begin, begin + width);
    const step = row.reduce((most, value) => Math.max(most, Math.abs(value)), 0) / LEVELS;
    if (step > 0) row.set(row.map((value) => Math.round(value / step) * step));
  }
  return quantised;
}
