import type { Deployment, UnitCosts, Workload } from './assumptions';
import { partitionShares } from './partition-shares';
import { indexMs, WINDOW_S } from './plan';
import { exponential, logNormal, uniforms } from './random';

export interface Delays {
  /** From publication to the change in the feed, in seconds. */
  readonly median: number;
  readonly p99: number;
  readonly max: number;
  readonly arrivals: number;
  /** Of the core of each partition, the busiest. */
  readonly busiest: number;
}

const DAY_S = 86_400;
/** Spread of service times: the 99th percentile is some 10 times the median, as measured. */
const SIGMA = 1;

/**
 * One day, event by event: arrivals as a Poisson process whose rate swings over the day, and one organisation that uploads
 * `burstModels` of one architecture within an hour. Every event waits for a request window of the hub, for a sketcher, and for
 * the one core of its partition, each first come, first served (Lindley's recursion).
 */
export function simulateDay(
  workload: Workload,
  costs: UnitCosts,
  deployment: Deployment,
  seed: number,
): Delays {
  const draw = uniforms(seed);
  const shares = partitionShares(workload, deployment.partitions);
  const arrivals = arrivalsOfDay(workload, shares, draw);
  const sketchers = Array.from({ length: deployment.sketchers }, () => 0);
  const partitions = shares.map(() => 0);
  const busy = shares.map(() => 0);
  const hub = { window: 0, used: 0 };
  const delays = arrivals.map(({ at, partition }) => {
    const granted = grant(hub, at, costs.fileRequestsAModel, deployment.fileRequestsIn5Min);
    const sketcher = sketchers.indexOf(Math.min(...sketchers));
    const sketched = Math.max(granted, sketchers[sketcher]!) + service(costs.sketchCpuMs, draw);
    sketchers[sketcher] = sketched;
    const took = service(indexMs(costs, workload.models * shares[partition]!), draw);
    partitions[partition] = Math.max(sketched, partitions[partition]!) + took;
    busy[partition]! += took;
    return partitions[partition] - at;
  });
  delays.sort((x, y) => x - y);
  const at = (share: number): number => delays[Math.floor(share * (delays.length - 1))]!;
  return {
    median: at(0.5),
    p99: at(0.99),
    max: at(1),
    arrivals: delays.length,
    busiest: Math.max(...busy) / DAY_S,
  };
}

interface Arrival {
  readonly at: number;
  readonly partition: number;
}

function arrivalsOfDay(workload: Workload, shares: readonly number[], draw: () => number): Arrival[] {
  const { modelsAMonth, eventsAModel, peakOverMean, burstModels } = workload;
  const mean = (modelsAMonth * eventsAModel) / 30 / DAY_S;
  const peak = mean * peakOverMean;
  const arrivals: Arrival[] = [];
  // Thinning: the rate swings between twice the mean less the peak, or nothing, and the peak.
  const low = Math.max(0, 2 * mean - peak);
  const rateAt = (at: number): number =>
    low + ((peak - low) * (1 - Math.cos((2 * Math.PI * at) / DAY_S))) / 2;
  for (let at = exponential(draw, peak); at < DAY_S; at += exponential(draw, peak))
    if (draw() * peak < rateAt(at)) arrivals.push({ at, partition: partitionAt(draw(), shares) });
  const largest = shares.indexOf(Math.max(...shares));
  for (let i = 0; i < burstModels; i++) arrivals.push({ at: DAY_S / 2 + 3_600 * draw(), partition: largest });
  return arrivals.sort((x, y) => x.at - y.at);
}

function partitionAt(place: number, shares: readonly number[]): number {
  let sum = 0;
  const found = shares.findIndex((share) => (sum += share) > place);
  return found === -1 ? shares.length - 1 : found;
}

const service = (ms: number, draw: () => number): number => (ms / 1_000) * logNormal(draw, SIGMA);

/** When the hub grants so many requests, in fixed windows of five minutes. */
function grant(hub: { window: number; used: number }, at: number, requests: number, granted: number): number {
  const now = Math.floor(at / WINDOW_S);
  if (now > hub.window) Object.assign(hub, { window: now, used: 0 });
  if (hub.used + requests > granted) Object.assign(hub, { window: hub.window + 1, used: 0 });
  hub.used += requests;
  return Math.max(at, hub.window * WINDOW_S);
}

export interface BackFill {
  readonly days: number;
  /** Share of the time for which each was what all waited for. */
  readonly heldUpBy: Readonly<Record<'hub' | 'sketchers' | 'indexers', number>>;
}

/**
 * All models that there are, as fast as it goes, in steps of five minutes: the hub's quota, the sketchers' cores, and of each
 * partition the core that indexes it, whose work grows as it fills.
 */
export function simulateBackFill(workload: Workload, costs: UnitCosts, deployment: Deployment): BackFill {
  const shares = partitionShares(workload, deployment.partitions);
  const perStep = {
    hub: (deployment.fileRequestsIn5Min / costs.fileRequestsAModel) * 1,
    sketchers: (deployment.sketchers * WINDOW_S * 1_000) / costs.sketchCpuMs,
  };
  const read = Math.min(perStep.hub, perStep.sketchers);
  const indexed = shares.map(() => 0);
  const steps = { hub: 0, sketchers: 0, indexers: 0 };
  let sketched = 0;
  let step = 0;
  for (; indexed.some((done, at) => done < workload.models * shares[at]! - 1e-6); step++) {
    sketched = Math.min(workload.models, sketched + read);
    let behind = 0;
    indexed.forEach((done, at) => {
      const waiting = sketched * shares[at]! - done;
      const capacity = (WINDOW_S * 1_000) / indexMs(costs, done);
      indexed[at] = done + Math.min(waiting, capacity);
      behind = Math.max(behind, waiting - capacity);
    });
    steps[behind > 0 ? 'indexers' : perStep.hub <= perStep.sketchers ? 'hub' : 'sketchers']++;
  }
  const share = (count: number): number => count / step;
  return {
    days: (step * WINDOW_S) / DAY_S,
    heldUpBy: { hub: share(steps.hub), sketchers: share(steps.sketchers), indexers: share(steps.indexers) },
  };
}
