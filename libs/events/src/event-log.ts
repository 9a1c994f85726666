/**
 * The log that services talk through: topics of partitions of records. Two adapters keep this contract, the
 * embedded log and Kafka, and one suite checks both (`event-log.contract.testing.ts`).
 *
 * - Order: within a partition, records stand in the order in which `append` was called; between partitions
 *   there is none.
 * - A record's position is a number that grows along its partition; after compaction positions have gaps.
 * - At least once: what is read was durable before; after a failure a record may come again, never a later one
 *   before it.
 * - An empty value is a tombstone: compaction drops it and everything older under its key.
 */
export interface EventLog {
  /**
   * Creates the topics that are missing, updates the retention of the others. Partitions and kind of clean-up
   * never change.
   */
  ensureTopics(specs: readonly TopicSpec[]): Promise<void>;

  /** Number of partitions of a topic. */
  partitions(topic: string): Promise<number>;

  /**
   * Resolves with the records' positions, in their order, when all of them are durable. A record without a
   * partition goes to `partitionOf(key)`. Where it rejects, any part of the records may have been written:
   * append them again (at least once). Not now (disk full, queue full) is a `LogUnavailableError`; a record
   * over the log's bound is an `EventLogError`.
   */
  append(topic: string, records: readonly NewRecord[]): Promise<Position[]>;

  /** Starts to deliver batches to `consumer`, one at a time per partition. */
  consume(consumer: Consumer): Promise<Subscription>;

  /**
   * `low` = oldest position kept, `high` = position the next record will get: a reader at `high` has seen
   * everything durable.
   */
  bounds(topic: string, partition: number): Promise<Bounds>;

  /** The position that the log keeps for a group (`start` answered `committed`); null before its first batch. */
  committed(group: string, topic: string, partition: number): Promise<number | null>;

  /** Stops the subscriptions, waits for appends in hand, lets go of everything. */
  close(): Promise<void>;
}

export interface LogRecord {
  readonly topic: string;
  readonly partition: number;
  readonly position: number;
  readonly key: string;
  readonly value: string;
  /** When the log took it, ms since 1970. Not monotonic. */
  readonly time: number;
}

export interface NewRecord {
  readonly key: string;
  readonly value: string;
  readonly partition?: number;
}

export interface Position {
  readonly partition: number;
  readonly position: number;
}

export interface Bounds {
  readonly low: number;
  readonly high: number;
}

export interface TopicSpec {
  /** Letters, digits, `.`, `_`, `-`; at most 249. */
  readonly name: string;
  readonly partitions: number;
  /**
   * `delete`: old records go, by age or size; `compact`: the newest record of every key stays; `keep`:
   * everything stays.
   */
  readonly cleanup: 'delete' | 'compact' | 'keep';
  /** `delete` only: how old a record must be to go. It may stay longer. */
  readonly retentionMs?: number;
  /** `delete` only: how much of a partition stays, at least. */
  readonly retentionBytes?: number;
  /** `compact` only: how long a tombstone stays for readers that are behind. Default one day. */
  readonly tombstoneMs?: number;
}

export interface Batch {
  readonly topic: string;
  readonly partition: number;
  /** Never empty. */
  readonly records: readonly LogRecord[];
  /** The partition's `high` when the batch was read. */
  readonly high: number;
}

export interface HandleContext {
  /**
   * Aborts when the subscription stops or loses the partition; a handler that ends by throwing its reason is no
   * failure.
   */
  readonly signal: AbortSignal;
  /** Long handlers call it now and then; it rejects once the partition is no longer ours: let that out. */
  readonly heartbeat: () => Promise<void>;
}

export interface Assignment {
  readonly topic: string;
  readonly partition: number;
}

export interface Consumer {
  /**
   * Letters, digits, `.`, `_`, `-`; at most 96. A group reads a topic once; another group reads it for itself.
   */
  readonly group: string;
  readonly topics: readonly string[];
  /**
   * Where to begin: a position from the caller's own store, which then owns it (the log commits nothing), or
   * `committed`: the log's own, kept per group, which moves on after every batch that was handled; the oldest
   * record the first time. A position outside [low, high] is never replaced by another: `done` rejects with an
   * `EventLogError` `position-out-of-range`.
   */
  start(topic: string, partition: number): Promise<number | 'committed'>;
  /**
   * Handles one batch. Where it throws, the position does not move, the subscription ends and its `done`
   * rejects with what was thrown; the next subscription gets the batch again.
   */
  handle(batch: Batch, context: HandleContext): Promise<void>;
  /** Most records of a batch. */
  readonly recordsMax: number;
  /** Most bytes of a batch, as the log counts them; a record that is larger comes alone. */
  readonly bytesMax: number;
  /** Called before the partitions' `start`. */
  onAssigned?(assignments: readonly Assignment[]): Promise<void>;
  /** Called when no handler of these partitions runs any more. */
  onRevoked?(assignments: readonly Assignment[]): Promise<void>;
}

export interface Subscription {
  /** Ends it: aborts the signal, waits for handlers in hand. Never rejects. */
  stop(): Promise<void>;
  /** Resolves when stopped; rejects with what the handler (or the log) threw. Somebody must listen. */
  readonly done: Promise<void>;
}
