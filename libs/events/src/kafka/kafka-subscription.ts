import type {
  Consumer as Client,
  ConsumerCrashEvent,
  EachBatchPayload,
  IMemberAssignment,
  OffsetsByTopicPartition,
} from 'kafkajs';
import type { Assignment, Consumer, Subscription } from '../event-log';
import { type KafkaClient, retryOf } from './client';
import { Generation } from './generation';
import { inOurWords, isLostMembership, patiently } from './kafka-failure';
import type { KafkaSettings } from './kafka-options';
import { assignerOf, type GroupMember } from './member-assigner';
import type { ReaderHost } from './partition-reader';
import { unlessAborted } from './unless-aborted';

export interface SubscriptionParts {
  readonly newClient: () => KafkaClient;
  readonly settings: KafkaSettings;
  readonly locate: (group: string, assignment: Assignment, start: number | 'committed') => Promise<number>;
  readonly onEnded: () => void;
  /** Reads this alone, in a group of its own. */
  readonly only?: Assignment;
  readonly onPosition?: (position: number) => void;
}

/** What only a handler of the client's is given, and may call for as long as the client runs. */
interface GroupCalls {
  readonly heartbeat: () => Promise<void>;
  readonly commit: (offsets: OffsetsByTopicPartition) => Promise<void>;
}

/**
 * A member of a consumer group. Positions are ours, not the client's: each partition starts where its owner says, once that was
 * found to be in the log. The consumer's handlers run beside the client's loop, not in it, so that whatever they do or throw the
 * client fetches, tells the group that we are there, and hears of a rebalance within a heartbeat. What a handler throws ends the
 * subscription; told to the client it would be called again for ever.
 */
export class KafkaSubscription implements Subscription, GroupMember, ReaderHost {
  readonly done: Promise<void>;
  readonly only: Assignment | null;
  readonly #connection: KafkaClient;
  readonly #client: Client;
  #generation: Generation | null = null;
  /** Assignments and revocations, one after another: nothing is taken up before what was there is let go. */
  #turn: Promise<void> = Promise.resolve();
  #held: readonly Assignment[] = [];
  #group: GroupCalls = { heartbeat: async () => undefined, commit: async () => undefined };
  #lastHeard = performance.now();
  #leaving = false;
  #failure: { readonly error: unknown } | null = null;
  /** The client is joining a group; it cannot be stopped meanwhile. */
  #joining: { readonly over: Promise<void>; readonly resolve: () => void } | null = null;
  #begins = (): void => undefined;
  readonly #ended: Promise<void>;

  private constructor(
    readonly consumer: Consumer,
    private readonly parts: SubscriptionParts,
  ) {
    this.only = parts.only ?? null;
    this.#connection = parts.newClient();
    this.#client = this.#newConsumer();
    const leave = new Promise<void>((resolve) => (this.#begins = resolve));
    this.#ended = leave.then(() => this.#leave());
    this.done = this.#ended.then(() => {
      if (this.#failure !== null) throw this.#failure.error;
    });
  }

  /** Resolves once it is on its way into the group. */
  static async open(consumer: Consumer, parts: SubscriptionParts): Promise<KafkaSubscription> {
    const subscription = new KafkaSubscription(consumer, parts);
    try {
      await subscription.#start();
      return subscription;
    } catch (error) {
      await subscription.stop();
      throw error;
    }
  }

  position(topic: string, partition: number): number | null {
    return this.#generation?.reader({ topic, partition })?.position ?? null;
  }

  async stop(): Promise<void> {
    this.#leaving = true;
    this.#begins();
    await this.#ended;
  }

  // -- what the group asks

  get leaving(): boolean {
    return this.#leaving;
  }

  get held(): readonly Assignment[] {
    return this.#held;
  }

  get preferred(): readonly Assignment[] {
    return this.consumer.prefers?.() ?? [];
  }

  joins(): void {
    if (this.#joining !== null) return;
    let resolve = (): void => undefined;
    const over = new Promise<void>((done) => (resolve = done));
    this.#joining = { over, resolve };
  }

  async beforeJoin(stayAlive: (() => Promise<void>) | null): Promise<void> {
    const alive = setInterval(() => void stayAlive?.(), this.parts.settings.heartbeatMs);
    await this.#letGo();
    clearInterval(alive);
    // Whom the group has thrown out holds nothing that another one may not have by now.
    if (stayAlive === null) this.#held = [];
  }

  // -- what the readers ask

  get fetchBytesMax(): number {
    return this.parts.settings.fetchBytesMax;
  }

  locate(assignment: Assignment, start: number | 'committed'): Promise<number> {
    return this.parts.locate(this.consumer.group, assignment, start);
  }

  fetchFrom({ topic, partition }: Assignment, position: number): void {
    this.#client.seek({ topic, partition, offset: String(position) });
  }

  pause({ topic, partition }: Assignment): void {
    this.#client.pause([{ topic, partitions: [partition] }]);
  }

  resume({ topic, partition }: Assignment): void {
    this.#client.resume([{ topic, partitions: [partition] }]);
  }

  onPosition(_: Assignment, position: number): void {
    this.parts.onPosition?.(position);
  }

  async commit(assignment: Assignment, position: number, signal: AbortSignal): Promise<void> {
    const { topic, partition } = assignment;
    const what = `${topic}/${partition} could not be committed`;
    const offsets = { topics: [{ topic, partitions: [{ partition, offset: String(position) }] }] };
    // Not by `commitOffsets` of the client: that goes on trying, under whatever it has been assigned by then. What was handled
    // while we let go is still ours to commit: the group waits for us.
    const commit = (): Promise<void> =>
      unlessAborted(signal, () => this.#group.commit(offsets), this.parts.settings.heartbeatMs);
    const isFinal = (error: unknown): boolean => signal.aborted || isLostMembership(error);
    try {
      await patiently(what, this.parts.settings.patienceMs, commit, isFinal);
    } catch (error) {
      if (!isFinal(error)) throw error;
      // Whoever has the partition now gets the batch again.
      this.#lose(signal);
      throw signal.reason;
    }
  }

  /**
   * The client's `isStale()` does not tell that the group has thrown us out; only asking the group does. So does silence for
   * longer than it waits for us.
   */
  async heartbeat(signal: AbortSignal): Promise<void> {
    signal.throwIfAborted();
    try {
      await unlessAborted(signal, () => this.#group.heartbeat());
      this.#lastHeard = performance.now();
    } catch (error) {
      const silentMs = performance.now() - this.#lastHeard;
      if (isLostMembership(error) || silentMs > this.parts.settings.sessionTimeoutMs) this.#lose(signal);
    }
    signal.throwIfAborted();
  }

  /** Ends the generation that the signal is of; the client hears of it by itself, and joins again. */
  #lose(signal: AbortSignal): void {
    if (this.#generation?.signal === signal) this.#generation.end();
  }

  // -- the client

  #newConsumer(): Client {
    const { settings } = this.parts;
    return this.#connection.kafka.consumer({
      groupId: this.consumer.group,
      partitionAssigners: [assignerOf(this)],
      sessionTimeout: settings.sessionTimeoutMs,
      heartbeatInterval: settings.heartbeatMs,
      rebalanceTimeout: settings.rebalanceTimeoutMs,
      maxWaitTimeInMs: settings.fetchWaitMs,
      maxBytesPerPartition: settings.fetchBytesMax,
      allowAutoTopicCreation: false,
      readUncommitted: false,
      // A consumer does not take these from the client that made it: it would try 5 times, and leave a ghost in the group.
      retry: { ...retryOf(settings), restartOnFailure: async () => this.#isWorthWaiting() },
    });
  }

  async #start(): Promise<void> {
    const client = this.#client;
    client.on(client.events.GROUP_JOIN, ({ payload }) => this.#take(payload.memberAssignment));
    client.on(client.events.HEARTBEAT, () => void (this.#lastHeard = performance.now()));
    client.on(client.events.FETCH_START, () => this.#joined());
    client.on(client.events.CRASH, ({ payload }) => this.#crashed(payload));
    client.on(client.events.END_BATCH_PROCESS, ({ payload }) => {
      const { firstOffset, lastOffset, batchSize } = payload;
      if (batchSize > 0) return;
      const first = firstOffset as string | null;
      this.#generation?.reader(payload)?.pass(first === null ? null : Number(first), Number(lastOffset));
    });
    await patiently(
      `${this.consumer.group} could not begin to read`,
      this.parts.settings.patienceMs,
      async () => {
        await client.connect();
        await client.subscribe({ topics: [...new Set(this.consumer.topics)], fromBeginning: true });
      },
    );
    this.#lastHeard = performance.now();
    // Not awaited: it is until the whole group has joined. What goes wrong is told by CRASH.
    void client
      .run({
        autoCommit: false,
        eachBatchAutoResolve: false,
        eachBatch: async (payload) => this.#fetched(payload),
      })
      .catch((error: unknown) => this.#fail(error));
  }

  #fetched(payload: EachBatchPayload): void {
    this.#group = {
      heartbeat: () => payload.heartbeat(),
      commit: (offsets) => payload.commitOffsetsIfNecessary(offsets),
    };
    this.#generation?.reader(payload.batch)?.take(payload);
  }

  /** Called by the client the moment it knows, before it fetches. */
  #take(assignment: IMemberAssignment): void {
    void this.#letGo();
    this.#client.pause(Object.entries(assignment).map(([topic, partitions]) => ({ topic, partitions })));
    if (this.#leaving) return;
    const assignments = Object.entries(assignment).flatMap(([topic, partitions]) =>
      partitions.map((partition) => ({ topic, partition })),
    );
    this.#held = assignments;
    const generation = new Generation(assignments, this, this.consumer, (error) => this.#fail(error));
    this.#generation = generation;
    this.#turn = this.#turn.then(() => generation.begin());
  }

  /** Resolves when nothing is left of what we had. */
  #letGo(): Promise<void> {
    const generation = this.#generation;
    this.#generation = null;
    generation?.end();
    if (generation !== null) this.#turn = this.#turn.then(() => generation.finish());
    return this.#turn;
  }

  #joined(): void {
    this.#joining?.resolve();
    this.#joining = null;
  }

  /** The client starts itself again where that is worth it; a broker that has just started lets it crash without harm. */
  #crashed({ error, restart }: ConsumerCrashEvent['payload']): void {
    this.#joined();
    void this.#letGo();
    // While we leave it is told to.
    if (!restart && !this.#leaving)
      this.#fail(inOurWords(error, `${this.consumer.group} could not go on reading`));
  }

  #isWorthWaiting(): boolean {
    return !this.#leaving && performance.now() - this.#lastHeard < this.parts.settings.patienceMs;
  }

  #fail(error: unknown): void {
    this.#failure ??= { error };
    this.#leaving = true;
    this.#begins();
  }

  async #leave(): Promise<void> {
    await this.#letGo();
    await this.#joining?.over;
    await this.#connection.release(this.#client);
    this.parts.onEnded();
  }
}
