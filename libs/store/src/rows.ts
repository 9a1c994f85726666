/** What the tables hold, as callers see it. Times are milliseconds since 1970, UTC. */

/** `tombstone`: gone from its hub, compared all the same; `superseded`: an earlier revision, without a sketch. */
export type ModelState = 'live' | 'tombstone' | 'superseded';

export interface NewModel {
  /** Partition of the log whose indexer owns the model's architecture. */
  readonly partition: number;
  readonly hub: string;
  /** `org/name`. */
  readonly repo: string;
  readonly sha: string;
  readonly architecture: string;
  /** When the repository says this revision was made. */
  readonly createdAt: number;
  /** When the hub's event about it was published. */
  readonly publishedAt: number;
  readonly contentHash: string;
  /** Where its weights were read; null where it was indexed before that was kept. */
  readonly coordinates: string | null;
  readonly fingerprint: Float32Array;
  readonly sketch: Uint8Array;
  /** Anything that JSON can hold, or null. */
  readonly claim: unknown;
  readonly bytesRead: number;
  readonly bytesPublished: number;
}

export interface StoredModel extends Omit<NewModel, 'sketch' | 'fingerprint'> {
  readonly label: number;
  readonly state: ModelState;
  readonly knownAt: number;
}

/** The newest events about a repository: strings in whose order they count, null where there was none. */
export interface RepositoryEvents {
  readonly arrival: string | null;
  readonly departure: string | null;
}

export interface Repository extends RepositoryEvents {
  readonly hub: string;
  /** `org/name`. */
  readonly repo: string;
  /** Of the newest arrival; null where there was none. */
  readonly label: number | null;
}

/** What an index needs of a model to start with. */
export interface LoadedModel {
  readonly label: number;
  readonly partition: number;
  readonly hub: string;
  readonly repo: string;
  readonly sha: string;
  readonly architecture: string;
  readonly state: ModelState;
  readonly createdAt: number;
  readonly contentHash: string;
  readonly coordinates: string | null;
  readonly fingerprint: Float32Array;
}

export type Kinship = 'kin' | 'possible' | 'stranger';

/** The figures of one candidate pair, a < b, in the direction a to b (DESIGN 3.4, 3.5). */
export interface CandidatePair {
  readonly a: number;
  readonly b: number;
  /** Squared distance of the fingerprints, a float32. */
  readonly proximity: number;
  readonly distance: number;
  readonly squaredDistance: number;
  readonly correlation: number;
  readonly growth: number;
  readonly slope: number;
  readonly embeddingGrowth: number;
  readonly otherLogOdds: number;
  readonly logOdds: number;
  readonly kinship: Kinship;
  readonly variant: boolean;
}

export type Verdict = 'root' | 'asserted' | 'uncertain' | 'variant';

export interface ParentRow {
  readonly label: number;
  readonly parent: number | null;
  readonly relation: string | null;
  readonly verdict: Verdict;
  readonly confidence: number;
  readonly evidence: readonly unknown[];
  readonly runnersUp: readonly unknown[];
  /** The change that said so. */
  readonly seq: number;
}

/** Where a model stands, without the reasons. */
export type PlaceRow = Omit<ParentRow, 'evidence' | 'runnersUp'>;

export type ChangeKind = 'arrived' | 'reparented' | 'reassessed' | 'deleted';

export interface NewChange {
  /** `org/name`, as are both parents. */
  readonly model: string;
  /** The revision's commit. */
  readonly revision: string;
  readonly kind: ChangeKind;
  readonly parentBefore: string | null;
  readonly parentAfter: string | null;
  readonly relation: string | null;
  readonly verdict: Verdict;
  readonly confidence: number;
  readonly evidence: readonly unknown[];
  readonly runnersUp: readonly unknown[];
  readonly architecture: string;
  /** Id of the event that caused it. */
  readonly cause: string;
  /** From when on it has been so. */
  readonly validFrom: number;
}

export interface Change extends NewChange {
  readonly partition: number;
  /** 1, 2, 3, ... without gaps in each partition. */
  readonly seq: number;
  /** Since when we have known it; never decreases with seq. */
  readonly knownAt: number;
}

/** What was said last of a model. */
export type LatestChange = Pick<
  Change,
  | 'seq'
  | 'model'
  | 'revision'
  | 'kind'
  | 'parentAfter'
  | 'relation'
  | 'verdict'
  | 'confidence'
  | 'architecture'
>;

export interface OutboxMessage {
  readonly topic: string;
  readonly partition: number;
  readonly key: string;
  readonly payload: string;
}

export interface PendingMessage extends OutboxMessage {
  /** Order of the outbox, which has nothing to do with the seq of a change. */
  readonly seq: number;
}

export interface Rejection {
  /** Id of the event. */
  readonly event: string;
  readonly repo: string;
  readonly sha: string;
  readonly service: string;
  readonly reason: string;
  readonly detail: string;
  readonly at: number;
}

/** The right to move a partition's position, until somebody else claims it. */
export interface Claim {
  readonly topic: string;
  readonly partition: number;
  readonly generation: number;
  /** The stored position, or null where none has been. */
  readonly next: number | null;
  /** Before this position nothing is announced, since the feed has told of it already; null where everything is. */
  readonly quietUntil: number | null;
  /** Name of the method that the figures of the pairs are of; null where it is not known, or there are none yet. */
  readonly measuredBy: string | null;
}
