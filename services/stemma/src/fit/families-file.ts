import { readFile, writeFile } from 'node:fs/promises';
import { gunzipSync, gzipSync } from 'node:zlib';
import type { MeasuredFamily, PairMeasures } from '@stemma/lineage';
import { z } from 'zod';

/** Measures that constants are fitted on, in the order in which a pair's row has them; signs as from `a` to `b`. */
const FIGURES = [
  'correlation',
  'z',
  'distance',
  'squaredDistance',
  'leastSineSquare',
  'variantGain',
  'rows',
  'growth',
  'slope',
  'embeddingGrowth',
  'commonShrink',
  'shrinkRatio',
  'zeros',
  'lattice',
  'cast',
  'kurtosisRise',
] as const satisfies readonly (keyof PairMeasures)[];

const DIGITS = 7;
const BYTES_MAX = 64 << 20;

const count = z.number().int().min(0);
const schema = z.object({
  /** Refused where another version of this file wrote other figures. */
  figures: z
    .array(z.string())
    .refine((names) => names.join() === FIGURES.join(), `expected ${FIGURES.join(', ')}`),
  families: z.array(
    z.object({
      name: z.string(),
      group: z.string(),
      models: z.array(z.tuple([z.string(), z.array(count)])),
      /** a, b, whether all numbers are the same, then the figures. */
      pairs: z.array(z.array(z.number()).length(3 + FIGURES.length)),
    }),
  ),
});

/** Writes measured families as compressed JSON: all that fitting needs of some hundred megabytes of weights. */
export async function writeFamilies(path: string, families: readonly MeasuredFamily[]): Promise<void> {
  const json: z.infer<typeof schema> = {
    figures: [...FIGURES],
    families: families.map(({ name, group, models, pairs }) => ({
      name,
      group,
      models: models.map(({ model, parents }) => [model, [...parents]]),
      pairs: pairs.map(({ a, b, measures }) => [
        a,
        b,
        measures.sameNumbers ? 1 : 0,
        ...FIGURES.map((figure) => Number(measures[figure].toPrecision(DIGITS))),
      ]),
    })),
  };
  await writeFile(path, gzipSync(JSON.stringify(json), { level: 9 }));
}

export async function readFamilies(path: string): Promise<MeasuredFamily[]> {
  const text = gunzipSync(await readFile(path), { maxOutputLength: BYTES_MAX }).toString('utf8');
  return schema.parse(JSON.parse(text)).families.map(({ name, group, models, pairs }) => ({
    name,
    group,
    models: models.map(([model, parents]) => ({ model, parents })),
    pairs: pairs.map(([a, b, same, ...figures]) => ({
      a: a!,
      b: b!,
      measures: measuresOf(same === 1, figures),
    })),
  }));
}

function measuresOf(sameNumbers: boolean, figures: readonly number[]): PairMeasures {
  const given = Object.fromEntries(FIGURES.map((name, i) => [name, figures[i]!]));
  return {
    kinship: 'possible',
    notComparable: null,
    sharedRows: 0,
    comparedRows: 0,
    sameNumbers,
    sameContent: false,
    // What was trained is all that a family of the fit has: no masks, no tables of positions.
    trainedCorrelation: given.correlation,
    zeroShare: 0,
    distinct: 0,
    ...given,
  } as PairMeasures;
}
