// Typed arrays are read with `!` here: every index is bounded by the length of the list.
import { normal, random } from './evidence.testing';
import { roundTo } from './number-format';
import type { Observation, TensorObservation } from './observation';
import { type SeenAs, type StoredModel, storedModels } from './stored-models.testing';
import type { FamilyModel } from './stranger-tally.testing';
import { type Drawing, drawStranger, mapTensors, type Place, sizeOf } from './strangers.testing';

/** Models of one architecture in which all pairs of two families are strangers. */
export interface Heap {
  readonly name: string;
  readonly pairs: number;
  readonly models: () => Promise<readonly FamilyModel[]>;
}

// Looked up once: in jest's sandbox a look-up of a global costs more than the arithmetic.
const { abs, floor, imul, round, sin } = Math;

const pairsOf = (models: number): number => (models * (models - 1)) / 2;

/** Duplicates make one family of their trees: the base of llama-like is a root of ft, and both LoRA graphs have the same roots. */
const familyOf = ({ tree }: StoredModel): string =>
  ({ 'llama-like': 'imagenet21k', 'sd-like': 'sd' })[tree] ?? tree.split('/')[1]!;

async function realModels(
  folder: 'models' | 'twins',
  trees: RegExp,
  family: (model: StoredModel) => string,
): Promise<FamilyModel[]> {
  const models = await storedModels(folder, trees, 'sketch');
  return models.map((model) => ({ family: family(model), observation: model.observation }));
}

/** All pairs of the zoo's really trained models that have different roots. */
export const REAL_HEAPS: readonly Heap[] = [
  {
    name: 'zoo: fine-tuned, sd-like, llama-like',
    pairs: 5_380,
    models: () => realModels('models', /^(ft\/|sd-like|llama-like)/, familyOf),
  },
  {
    name: 'zoo: LoRA merged, both graphs',
    pairs: 17_640,
    models: () => realModels('models', /^lora/, familyOf),
  },
  {
    name: 'twins of two initialisations',
    pairs: 81,
    models: () => realModels('twins', /./, ({ tree }) => tree.split('/')[0]!),
  },
];

/** Roots of one architecture that strangers are drawn from. */
export type RootSet = 'blocks' | 'attention' | 'minilm' | 'tiny';

const loaded = new Map<RootSet, Promise<readonly Observation[]>>();

/** The roots themselves, whole. `tiny`: two matrices of 16 × 32, cut out of the zoo's. */
export function rootsOf(set: RootSet): Promise<readonly Observation[]> {
  const known = loaded.get(set);
  if (known !== undefined) return known;
  const observations = async (folder: 'models' | 'pretrained', trees: RegExp, as: SeenAs) =>
    (await storedModels(folder, trees, as, (_, parent) => parent === null)).map(
      ({ observation }) => observation,
    );
  const roots = {
    blocks: () => observations('models', /^(ft\/|sd-like)/, 'weights'),
    attention: () => observations('models', /^lora-v\//, 'weights'),
    minilm: () => observations('pretrained', /^minilm/, 'weights'),
    tiny: async () => (await rootsOf('attention')).map(cutOut),
  }[set]();
  loaded.set(set, roots);
  return roots;
}

const TINY = { rows: 16, columns: 32 };

function cutOut(root: Observation): Observation {
  const cut = (tensor: TensorObservation): TensorObservation => ({
    ...tensor,
    ...TINY,
    count: TINY.rows * TINY.columns,
    width: TINY.columns,
    values: tensor.values.filter(
      (_: number, i: number) => i % tensor.columns < TINY.columns && i < TINY.rows * tensor.columns,
    ),
  });
  return { ...root, architecture: 'tiny', tensors: root.tensors.slice(0, 2).map(cut) };
}

/** Strangers drawn from every root of a set in turn, as many by each drawing. */
export async function drawnModels(
  set: RootSet,
  drawings: readonly (readonly [Drawing, number])[],
  seed: number,
): Promise<FamilyModel[]> {
  const roots = await rootsOf(set);
  return drawings.flatMap(([drawing, count]) =>
    Array.from({ length: count }, (_, i) => ({
      family: `${drawing} ${i}`,
      observation: drawStranger(roots[i % roots.length]!, drawing, seed + i),
    })),
  );
}

/** Strangers by the moments, the norms of rows, the zeros and the spectra of real roots. */
export function drawnHeaps(seed: number): readonly Heap[] {
  const heap = (name: string, set: RootSet, moments: number, spectrum: number, from: number): Heap => ({
    name,
    pairs: pairsOf(moments + spectrum),
    models: () =>
      drawnModels(
        set,
        [
          ['moments', moments],
          ['spectrum', spectrum],
        ],
        seed + from,
      ),
  });
  return [
    heap('drawn from the six roots of the zoo', 'blocks', 500, 500, 0),
    heap('drawn from their attention matrices', 'attention', 300, 300, 10_000),
    heap('drawn from a pretrained encoder', 'minilm', 450, 50, 20_000),
    heap('two matrices, 1,024 numbers', 'tiny', 250, 250, 30_000),
  ];
}

/** Something that strangers may share without being kin: the same in all models but for the numbers of the model itself. */
interface Trap {
  readonly name: string;
  readonly set: RootSet;
  readonly change: (model: Observation, seed: number) => Observation;
  /** What is shared makes possible relatives of all pairs. */
  readonly allRelated?: boolean;
}

/** A number from 0 to 1 that is the same at one place of all models. */
const sharedAt = ({ tensor, row, column }: Place): number => {
  let mixed = imul((tensor * 4_096 + row) * 4_096 + column + 1, 0x9e3779b1);
  mixed = imul(mixed ^ (mixed >>> 16), 0x85ebca6b);
  mixed = imul(mixed ^ (mixed >>> 13), 0xc2b2ae35);
  return ((mixed ^ (mixed >>> 16)) >>> 0) / 2 ** 32;
};

/** The change gets the root mean square of the tensor. */
const bySize =
  (change: (value: number, place: Place, size: number) => number) =>
  (model: Observation): Observation => {
    const sizes = model.tensors.map(sizeOf);
    return mapTensors(model, (value, place) => change(value, place, sizes[place.tensor]!));
  };

/** The product of a factor of the model's own and one that is the same in all models. */
function lowRank(model: Observation, seed: number, rank: number): Observation {
  const factors = (draw: () => number, length: (tensor: TensorObservation) => number): Float64Array[] => {
    const next = normal(draw);
    return model.tensors.map((tensor) => Float64Array.from({ length: length(tensor) * rank }, next));
  };
  const own = factors(random(seed), ({ rows }) => rows);
  const shared = factors(random(1), ({ columns }) => columns);
  return mapTensors(model, (_, { tensor, row, column }) => {
    let sum = 0;
    for (let k = 0; k < rank; k++) sum += own[tensor]![row * rank + k]! * shared[tensor]![column * rank + k]!;
    return sum;
  });
}

const masked = (share: number) => bySize((value, place) => (sharedAt(place) < share ? 0 : value));

const TRAPS: readonly Trap[] = [
  {
    name: 'half of the weights cut, each its own',
    set: 'blocks',
    change: (model, seed) => {
      const draw = random(seed);
      return mapTensors(model, (value) => (draw() < 0.5 ? 0 : value));
    },
  },
  {
    name: 'cut to one 2:4 pattern',
    set: 'blocks',
    change: bySize((value, { tensor, row, column }) => {
      const first = floor(4 * sharedAt({ tensor, row, column: column >> 2 }));
      return (column + first) % 4 < 2 ? 0 : value;
    }),
  },
  { name: '90 % cut at the same places', set: 'blocks', change: masked(0.9) },
  {
    name: 'an eighth of the rows one constant',
    set: 'blocks',
    allRelated: true,
    change: bySize((value, { row }, size) => (row % 8 === 0 ? size : value)),
  },
  { name: 'rank 2 over one shared factor', set: 'blocks', change: (model, seed) => lowRank(model, seed, 2) },
  { name: 'rank 1 over one shared factor', set: 'blocks', change: (model, seed) => lowRank(model, seed, 1) },
  {
    name: 'four bits a weight',
    set: 'blocks',
    change: bySize((value, _, size) => (round((4 * value) / size) * size) / 4),
  },
  {
    name: 'bfloat16',
    set: 'blocks',
    change: (model) => mapTensors(model, roundTo(2 ** -8)),
  },
  { name: 'all near one', set: 'blocks', change: bySize((value) => 1 + value / 20) },
  { name: 'all positive', set: 'blocks', change: bySize(abs) },
  { name: 'tiny and 90 % cut at the same places', set: 'tiny', change: masked(0.9) },
  // Tensors, or single weights as large as a tensor, that are the same by construction and not by descent.
  {
    name: 'four matrices near the identity',
    set: 'blocks',
    allRelated: true,
    change: bySize((value, { tensor, row, column }, size) =>
      tensor < 4 ? Number(row === column) + (0.001 * value) / size : value,
    ),
  },
  {
    name: 'four fixed tables among the weights',
    set: 'blocks',
    allRelated: true,
    change: bySize((value, { tensor, row, column }) => (tensor < 4 ? sin((row * (column + 1)) / 7) : value)),
  },
  {
    name: 'four weights 1,500 times the others',
    set: 'blocks',
    allRelated: true,
    change: bySize((value, { tensor, row, column }, size) =>
      tensor < 4 && row === 5 && column === 3 ? 1_500 * size : value,
    ),
  },
  { name: '99 % cut at the same places', set: 'blocks', allRelated: true, change: masked(0.99) },
];

/** Models of a trap. Where every pair is a possible relative, and so is compared in full, fewer do. */
const TRAPPED = 120;
const TRAPPED_IN_FULL = 30;

function trapHeap({ name, set, change, allRelated = false }: Trap, seed: number): Heap {
  const count = allRelated ? TRAPPED_IN_FULL : TRAPPED;
  const models = async (): Promise<FamilyModel[]> => {
    const drawn = await drawnModels(set, [['moments', count]], seed);
    return drawn.map(({ family, observation }, i) => ({
      family,
      observation: change(observation, seed + i),
    }));
  };
  return { name, pairs: pairsOf(count), models };
}

export const trapHeaps = (seed: number): readonly Heap[] =>
  TRAPS.map((trap, i) => trapHeap(trap, seed + 40_000 + 1_000 * i));
