import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

import { firstDifference, randomHistory, shrink, type HistoryShape } from './forest-history.testing';

const REGRESSIONS = join(__dirname, 'regressions');
const SEEDS = Number(process.env.SEEDS ?? 1000);
const FIRST_SEED = Number(process.env.SEED ?? 1);

/** Plays seeded histories; a failing one is shrunk and kept in `regressions/`, from where every run replays it. */
function expectParity(shape: HistoryShape, seeds: number): void {
  for (let seed = FIRST_SEED; seed < FIRST_SEED + seeds; seed++) {
    const history = randomHistory(seed, shape);
    const difference = firstDifference(history);
    if (difference === null) continue;
    const shrunk = shrink(history, (candidate) => firstDifference(candidate) !== null);
    mkdirSync(REGRESSIONS, { recursive: true });
    const file = join(REGRESSIONS, `${shape.unique ? 'unique' : 'ties'}-${shape.labelsMax}-${seed}.json`);
    writeFileSync(file, `${JSON.stringify(shrunk, null, 1)}\n`);
    throw new Error(`SEED=${seed}, step ${difference.step}: ${difference.what}; shrunk to ${file}`);
  }
}

describe('DynamicForest', () => {
  it.each([
    { labelsMax: 4, operations: 40, unique: false },
    { labelsMax: 9, operations: 40, unique: false },
    { labelsMax: 9, operations: 40, unique: true },
  ])(`equals the static optimum after every operation, ${SEEDS} histories: %j`, (shape) => {
    expectParity(shape, SEEDS);
  });
});
