/**
 * The log that services talk through: topics of partitions of records. Two adapters keep this contract, the
 * embedded log and Kafka, and one suite checks both (`event-log.contract.testing.ts`).
 *
 * - Order: within a partition, records stand in the order in which `append` was called; between partitions
 *   there is none.
 * - A record's position is a number that grows along its partition. Positions may have gaps: compaction leaves them, and on
 *   Kafka so does every append of a `PartitionWriter`.
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

  /**
   * Makes the caller the only writer of one partition of one topic: opening one shuts out whoever opened it before, wherever
   * that runs. By then the log has all that the one before had acknowledged, and nothing of it comes later. Shuts out other
   * writers only, not `append`.
   */
  openWriter(topic: string, partition: number): Promise<PartitionWriter>;

  /**
   * Every record of one partition from `from` to the end that it has now, without a group and without a trace in the log.
   * Rejects with `position-out-of-range` where `from` is outside the log, as `consume` does.
   */
  read(topic: string, partition: number, from: number): AsyncIterable<readonly LogRecord[]>;

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
  readonly headers?: Headers;
}

export interface NewRecord {
  readonly key: string;
  readonly value: string;
  readonly partition?: number;
  readonly headers?: Headers;
}

/**
 * What goes beside a record and is no part of what it says: the trace that it belongs to. A log may drop it, and the embedded
 * one does.
 */
export type Headers = Readonly<Record<string, string>>;

/** The only writer of one partition, until it is closed or the next one is opened. */
export interface PartitionWriter {
  /**
   * Resolves with the records' positions when all of them are durable, and readers will see all of them or none. Appends stand
   * in the log in the order of the calls. Rejects with an `EventLogError` `fenced` once another writer is open. Where it
   * rejects, but for `too-large`, nobody knows whether the records are in the log, and the writer takes no more: open another,
   * and read.
   */
  append(
    records: readonly { readonly key: string; readonly value: string; readonly headers?: Headers }[],
  ): Promise<Position[]>;

  /** Waits for the appends in hand. Never rejects. */
  close(): Promise<void>;
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
  /**
   * The position after the batch, places without a record passed over: what a reader stores. Once it is the `high` that the
   * log had at some moment, the reader has seen all that was durable then.
   */
  readonly next: number;
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
  /**
   * The partitions whose data is at hand. Where several members share a group, they go to who prefers them as far as shares are
   * even; what a member has already moves as little as can be.
   */
  prefers?(): readonly Assignment[];
  /** Called before the partitions' `start`. */
  onAssigned?(assignments: readonly Assignment[]): Promise<void>;
  /**
   * Called when no handler of these partitions runs any more. Where several members share a group, the next owner begins
   * after it has resolved, unless that takes longer than the group waits for.
   */
  onRevoked?(assignments: readonly Assignment[]): Promise<void>;
}

export interface Subscription {
  /**
   * Everything before it has been handled; null where the partition is not ours or has not begun. At the `high` that the log
   * had at some moment, all that was durable then has been seen, also where the last positions hold no record, of which no
   * batch tells.
   */
  position(topic: string, partition: number): number | null;
  /** Ends it: aborts the signal, waits for handlers in hand. Never rejects. */
  stop(): Promise<void>;
  /** Resolves when stopped; rejects with what the handler (or the log) threw. Somebody must listen. */
  readonly done: Promise<void>;
}
