import type { Deployment, UnitCosts, Workload } from './assumptions';
import { partitionShares } from './partition-shares';

const MONTH_S = 30 * 86_400;
export const WINDOW_S = 300;

/** What a workload takes, on paper. Shares are of what there is: over 1 it does not fit. */
export interface Plan {
  readonly arrivalsASecond: number;
  /** Of the busiest hour. */
  readonly peakArrivalsASecond: number;
  /** Of the hub's quota of file requests. */
  readonly quotaShare: number;
  /** Of the sketchers' cores, one each. */
  readonly sketcherShare: number;
  /** Of the core that indexes the largest partition. */
  readonly indexerShare: number;
  readonly largestPartitionModels: number;
  readonly indexerBytes: number;
  readonly indexerDiskBytes: number;
  readonly queryBytes: number;
  readonly brokerBytes: number;
  readonly brokerBytesAMonth: number;
  readonly readBytesADay: number;
  /** Until a query service that starts has read the feed. */
  readonly queryStartS: number;
}

/** CPU of indexing one arrival in a partition of so many models: a line through what was measured. */
export function indexMs(costs: UnitCosts, models: number): number {
  const [[n0, ms0], [n1, ms1]] = costs.indexMsAt as readonly [
    readonly [number, number],
    readonly [number, number],
  ];
  return Math.max(ms0 / 2, ms0 + ((ms1 - ms0) * (models - n0)) / (n1 - n0));
}

/** Bytes that the brokers keep of one model, before replicas. */
export function logBytesAModel(workload: Workload, costs: UnitCosts, partitions: number): number {
  const notices = (partitions - 1) * costs.noticeBytes;
  // The sketch and its notices are compacted, the newest stays; changes stay for good.
  return (
    costs.sketchedRecordBytes + notices + workload.eventsAModel * costs.changesAnArrival * costs.changeBytes
  );
}

export function plan(workload: Workload, costs: UnitCosts, deployment: Deployment): Plan {
  const { models, modelsAMonth, eventsAModel, peakOverMean } = workload;
  const { partitions, indexers, sketchers, replicas, fileRequestsIn5Min } = deployment;
  const arrivals = (modelsAMonth * eventsAModel) / MONTH_S;
  const peak = arrivals * peakOverMean;
  const shares = partitionShares(workload, partitions);
  const largest = Math.max(...shares);
  const kept = logBytesAModel(workload, costs, partitions) * replicas;
  return {
    arrivalsASecond: arrivals,
    peakArrivalsASecond: peak,
    quotaShare: (peak * costs.fileRequestsAModel * WINDOW_S) / fileRequestsIn5Min,
    sketcherShare: (peak * costs.sketchCpuMs) / 1_000 / sketchers,
    indexerShare: (peak * largest * indexMs(costs, models * largest)) / 1_000,
    largestPartitionModels: models * largest,
    indexerBytes: models * heaviestIndexer(shares, indexers) * costs.indexerBytesAModel,
    indexerDiskBytes: models * heaviestIndexer(shares, indexers) * costs.diskBytesAModel,
    queryBytes: models * costs.queryBytesAModel,
    brokerBytes: models * kept,
    brokerBytesAMonth: modelsAMonth * kept,
    readBytesADay: arrivals * 86_400 * costs.readBytesAModel,
    queryStartS: (models * eventsAModel * costs.changesAnArrival) / costs.feedReadsASecond,
  };
}

/** The share of the indexer that has most, where each has as many partitions as any other, dealt out as the group does. */
export function heaviestIndexer(shares: readonly number[], indexers: number): number {
  const each = Math.ceil(shares.length / indexers);
  const sums = Array.from({ length: indexers }, (_, at) =>
    shares.slice(at * each, (at + 1) * each).reduce((sum, share) => sum + share, 0),
  );
  return Math.max(...sums);
}

/** What of it breaks first as a workload grows: the names of shares in the order in which they reach `limit`, with the factor. */
export function breakingPoints(
  workload: Workload,
  costs: UnitCosts,
  deployment: Deployment,
  limit = 0.7,
): { readonly what: string; readonly factor: number }[] {
  const { quotaShare, sketcherShare, indexerShare } = plan(workload, costs, deployment);
  const shares = {
    'quota of the hub': quotaShare,
    'cores of the sketchers': sketcherShare,
    'core of the largest partition': indexerShare,
  };
  return Object.entries(shares)
    .map(([what, share]) => ({ what, factor: limit / share }))
    .sort((x, y) => x.factor - y.factor);
}
