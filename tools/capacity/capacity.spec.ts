import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { DEPLOYMENT, HUB_TODAY, UNIT_COSTS, type Deployment } from './assumptions';
import { largestShare, partitionShares } from './partition-shares';
import { breakingPoints, indexMs, plan } from './plan';
import { grown, renderPlan } from './render';
import { simulateBackFill, simulateDay } from './simulate';

/** A day without anything extraordinary, on a hub that grants all. */
const CALM = { ...grown(HUB_TODAY, 5), burstModels: 0 };
const GENEROUS: Deployment = { ...DEPLOYMENT, fileRequestsIn5Min: 1e9 };

it('is the page that is committed (npm run plan)', () => {
  expect(readFileSync(join(__dirname, '../../docs/capacity.md'), 'utf8')).toBe(renderPlan());
});

it('deals every architecture to one partition', () => {
  for (const partitions of [1, 6, 64]) {
    const shares = partitionShares(HUB_TODAY, partitions);
    expect(shares.reduce((sum, share) => sum + share, 0)).toBeCloseTo(1, 9);
    expect(Math.max(...shares)).toBeGreaterThanOrEqual(largestShare(HUB_TODAY));
  }
});

it('costs what was measured where it was measured', () => {
  for (const [models, ms] of UNIT_COSTS.indexMsAt) expect(indexMs(UNIT_COSTS, models)).toBeCloseTo(ms, 9);
});

describe('the simulation agrees with the paper', () => {
  const paper = plan(CALM, UNIT_COSTS, GENEROUS);

  it('on how many arrive, and on how busy the busiest core is over a day', () => {
    const day = simulateDay(CALM, UNIT_COSTS, GENEROUS, 7);
    const expected = paper.arrivalsASecond * 86_400;
    // The rate swings between nothing and the peak, so the mean is half of it.
    const swing = CALM.peakOverMean / 2;
    expect(day.arrivals / (expected * swing)).toBeCloseTo(1, 1);
    const perArrival = paper.indexerShare / paper.peakArrivalsASecond;
    expect((day.busiest * 86_400) / day.arrivals / perArrival).toBeCloseTo(1, 1);
  });

  it('on what waits for nobody: a delay is the work alone', () => {
    const { median } = simulateDay(CALM, UNIT_COSTS, GENEROUS, 7);
    expect(1_000 * median).toBeLessThan(
      UNIT_COSTS.sketchCpuMs + 2 * indexMs(UNIT_COSTS, paper.largestPartitionModels),
    );
  });

  it('on a quota that is used up: what is more than it waits', () => {
    const [first] = breakingPoints(HUB_TODAY, UNIT_COSTS, DEPLOYMENT, 1);
    const under = simulateDay(
      { ...grown(HUB_TODAY, first!.factor / 2), burstModels: 0 },
      UNIT_COSTS,
      DEPLOYMENT,
      7,
    );
    const over = simulateDay(
      { ...grown(HUB_TODAY, first!.factor * 4), burstModels: 0 },
      UNIT_COSTS,
      DEPLOYMENT,
      7,
    );
    expect(under.p99).toBeLessThan(60);
    expect(over.p99).toBeGreaterThan(3_600);
  });

  it('on how long a back-fill takes that the hub holds up', () => {
    const { days, heldUpBy } = simulateBackFill(HUB_TODAY, UNIT_COSTS, DEPLOYMENT);
    const requests = HUB_TODAY.models * UNIT_COSTS.fileRequestsAModel;
    expect(days).toBeCloseTo(requests / DEPLOYMENT.fileRequestsIn5Min / 288, 0);
    expect(heldUpBy.hub).toBeGreaterThan(0.9);
  });

  it('on indexers that hold up a back-fill where the hub does not', () => {
    const fast = { ...GENEROUS, sketchers: 1_000 };
    expect(simulateBackFill(HUB_TODAY, UNIT_COSTS, fast).heldUpBy.indexers).toBeGreaterThan(0.8);
  });
});

it('is the same for the same seed, and another for another', () => {
  const of = (seed: number) => simulateDay(CALM, UNIT_COSTS, DEPLOYMENT, seed);
  expect(of(1)).toEqual(of(1));
  expect(of(1)).not.toEqual(of(2));
});

it('takes a sketch for what its record takes on a broker: base64, compressed', () => {
  const chunks = Array.from({ length: Math.ceil(UNIT_COSTS.sketchBytes / 32) }, (_, at) =>
    createHash('sha256').update(`${at}`).digest(),
  );
  const record = JSON.stringify({ sketch: Buffer.concat(chunks).toString('base64') });
  expect(gzipSync(record).length / UNIT_COSTS.sketchedRecordBytes).toBeCloseTo(1, 1);
});
