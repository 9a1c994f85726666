/** What a hub does, as far as it can be known from outside: every figure here is an assumption to argue with. */
export interface Workload {
  readonly models: number;
  readonly modelsAMonth: number;
  /** Events that say something new of a model's weights, over its life: its upload, and revisions of it. */
  readonly eventsAModel: number;
  readonly architectures: number;
  /** Architectures by size follow a power law with this exponent: at 1 the largest of 20,000 has 9.5 % of the models. */
  readonly zipf: number;
  /** The busiest hour of a day over its mean. */
  readonly peakOverMean: number;
  /** Models of one architecture that one organisation uploads within an hour. */
  readonly burstModels: number;
}

export const HUB_TODAY: Workload = {
  models: 2_500_000,
  modelsAMonth: 150_000,
  eventsAModel: 1.5,
  architectures: 20_000,
  zipf: 1,
  peakOverMean: 2.5,
  burstModels: 2_000,
};

/** What one unit of work costs, measured on 2 cores; `from` names the command that prints it. */
export const UNIT_COSTS = {
  /** Requests for weights of one model that the hub counts; a 7B model, others take fewer. From: jest libs/weights. */
  fileRequestsAModel: 52,
  /** Requests for its description, its share of the listing included. From: jest libs/hub. */
  apiRequestsAModel: 2,
  /** Bytes read of a 7B model. From: jest libs/weights. */
  readBytesAModel: 8.3e6,
  /** CPU of reading and sketching, HTTP included. From: npm run bench sketch, hub. */
  sketchCpuMs: 90,
  /** An encoded sketch. From: npm run bench sketch. */
  sketchBytes: 75_000,
  /** A record of `model.sketched` as the broker keeps it: base64 and JSON, compressed. From: capacity.spec. */
  sketchedRecordBytes: 78_000,
  /** A notice to a partition that does not hold the architecture, compressed among others of its batch. */
  noticeBytes: 120,
  /** A change as the feed keeps it, compressed among others of its batch. From: query.bench. */
  changeBytes: 350,
  /** Changes announced for an arrival: its own, and those of relatives that moved or became surer. From: indexer.bench. */
  changesAnArrival: 2.2,
  /** CPU of indexing an arrival, its share of the commit included, at two sizes of a partition; a line beyond them. From: indexer.bench. */
  indexMsAt: [
    [5_000, 14.1],
    [25_000, 18.2],
  ] as readonly (readonly [models: number, ms: number])[],
  /** Memory of the indexer a model, beside the sketches that it keeps decoded. From: indexer.bench at 10⁶ models. */
  indexerBytesAModel: 7_200,
  /** DuckDB and sketch segments a model. From: npm run bench store. */
  diskBytesAModel: 85_000,
  /** Memory of the query service a model. From: query.bench. */
  queryBytesAModel: 2_700,
  /** Reads of one partition of the feed a second, for a query service that starts. From: npm run bench kafka. */
  feedReadsASecond: 60_000,
} as const;

export type UnitCosts = typeof UNIT_COSTS;

/** What there is to run it on. */
export interface Deployment {
  readonly partitions: number;
  readonly indexers: number;
  readonly sketchers: number;
  readonly replicas: number;
  /** Requests for files that the hub grants in five minutes, over all tokens. */
  readonly fileRequestsIn5Min: number;
}

/** What the Hub grants in five minutes by plan (huggingface.co/docs/hub/rate-limits, September 2025). */
export const HUB_PLANS = [
  { name: 'free account', fileRequestsIn5Min: 5_000 },
  { name: 'PRO', fileRequestsIn5Min: 12_000 },
  { name: 'Team', fileRequestsIn5Min: 20_000 },
  { name: 'Enterprise', fileRequestsIn5Min: 50_000 },
  { name: 'Enterprise Plus', fileRequestsIn5Min: 100_000 },
] as const;

export const DEPLOYMENT: Deployment = {
  partitions: 12,
  indexers: 3,
  sketchers: 2,
  replicas: 3,
  fileRequestsIn5Min: 50_000,
};
