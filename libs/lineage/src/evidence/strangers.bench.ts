/**
 * A million pairs of strangers and all twins against the kinship test, as the tables of `eval/strangers.md`:
 *
 *     SEED=20240607 node tools/run-ts.js libs/lineage/src/evidence/strangers.bench.ts > libs/lineage/eval/strangers.md
 *
 * With QUICK=1 without the strangers that are drawn.
 */
import { reportFigure, showProgress } from '../../../../tools/bench-report';
import { comparePair } from './compare-pair';
import { SEED } from './evidence.testing';
import { drawnHeaps, type Heap, REAL_HEAPS, trapHeaps } from './stranger-heaps.testing';
import { tallyStrangers } from './stranger-tally.testing';
import { type TwinPair, twinPairs } from './twins.testing';

const isQuick = process.env.QUICK === '1';
const print = (...lines: readonly string[]): void => console.log(lines.join('\n'));
const row = (cells: readonly (string | number)[]): string => `| ${cells.join(' | ')} |`;
const count = (figure: number): string => figure.toLocaleString('en-US');

function table(heading: readonly string[], rows: readonly (readonly (string | number)[])[]): void {
  print('', row(heading), row(heading.map((_, i) => (i === 0 ? '---' : '--:'))), ...rows.map(row));
}

/** Prints a table of heaps; returns how many pairs were in it. */
async function strangers(heaps: readonly Heap[]): Promise<number> {
  const rows: (string | number)[][] = [];
  let sum = 0;
  for (const heap of heaps) {
    showProgress(`strangers: ${heap.name}`);
    const { pairs, zMax, correlationMax, sineSquareMin, possible, joined } = tallyStrangers(
      await heap.models(),
    );
    sum += pairs;
    const figures = [zMax.toFixed(2), correlationMax.toFixed(3), sineSquareMin.toPrecision(2)];
    rows.push([heap.name, count(pairs), ...figures, count(possible), count(joined)]);
  }
  showProgress('');
  table(['models', 'pairs', 'max \\|z\\|', 'max r', 'least 1 − cos²', 'possible', 'joined'], rows);
  return sum;
}

async function twins(as: 'sketch' | 'weights'): Promise<void> {
  const byKind = new Map<string, TwinPair[]>();
  for (const pair of await twinPairs(as)) byKind.set(pair.kind, [...(byKind.get(pair.kind) ?? []), pair]);
  const range = (pairs: readonly TwinPair[], of: (pair: TwinPair) => number, digits: number): string => {
    const figures = pairs.map(of);
    return `${Math.min(...figures).toFixed(digits)} to ${Math.max(...figures).toFixed(digits)}`;
  };
  const rows = [...byKind]
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([kind, pairs]) => [
      kind,
      pairs.length,
      range(pairs, ({ figures }) => figures.correlation, 3),
      range(pairs, ({ figures }) => figures.leastSineSquare, 4),
      range(pairs, ({ figures }) => Math.abs(figures.slope), 2),
      range(pairs, ({ figures }) => Math.abs(figures.growth), 0),
      pairs.filter(({ figures }) => figures.kinship === 'possible').length,
      pairs.filter(({ figures }) => figures.kinship === 'kin').length,
    ]);
  const heading = ['initialisation, steps', 'pairs', 'r', 'least 1 − cos²', '\\|slope\\|', '\\|L\\|'];
  table([...heading, 'possible', 'joined'], rows);
}

/** What one pair of strangers costs, in the counting of this page and in a comparison in full. */
async function speed(): Promise<void> {
  const models = (await REAL_HEAPS[0]!.models()).slice(0, 60);
  const microseconds = (work: () => number): number => {
    const from = process.hrtime.bigint();
    const pairs = work();
    return Number(process.hrtime.bigint() - from) / 1e3 / pairs;
  };
  const compareAll = (): number => {
    let pairs = 0;
    models.forEach((a, i) => {
      for (const b of models.slice(i + 1)) {
        if (a.family === b.family) continue;
        comparePair(a.observation, b.observation);
        pairs++;
      }
    });
    return pairs;
  };
  compareAll(); // lets the compiler finish
  const full = microseconds(compareAll);
  const fast = microseconds(() => tallyStrangers(models).pairs);
  const peer = { name: 'comparePair', value: full };
  reportFigure({ figure: 'two strangers, counted by inner products', value: fast, unit: 'µs', peer });
}

const WHAT_IT_SAYS = [
  'Pairs of sketches of one architecture and of different families. *Possible* are shown as possible relatives and never joined;',
  '*joined* are kin, which no stranger should be. Drawn strangers have the sampled rows of a real root with their numbers shuffled',
  '(moments, norms of rows and zeros are real), or the root between random orthogonal factors, rows scaled to their real norms (its',
  'spectrum). The others share something more, which does not make them kin: a mask, constant rows, a factor of low rank, a format.',
];

async function main(): Promise<void> {
  print('# Strangers and twins against the kinship test', '');
  print(`\`SEED=${SEED} node tools/run-ts.js libs/lineage/src/evidence/strangers.bench.ts\``, '');
  print(...WHAT_IT_SAYS, '', '## Strangers');
  const pairs = await strangers([
    ...REAL_HEAPS,
    ...(isQuick ? [] : [...drawnHeaps(SEED), ...trapHeaps(SEED)]),
  ]);
  print('', `${count(pairs)} pairs.`);
  for (const as of ['sketch', 'weights'] as const) {
    print('', `## Runs from one initialisation, seen as ${as}`);
    await twins(as);
  }
  await speed();
}

void main();
