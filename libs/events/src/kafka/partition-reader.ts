import type { EachBatchPayload, KafkaMessage } from 'kafkajs';
import type { Assignment, Batch, Consumer, HandleContext } from '../event-log';
import { checkStart } from '../log-rules';
import { messageBytes, toRecord } from './kafka-record';
import { unlessAborted } from './unless-aborted';

/** What a reader asks of the subscription that it belongs to. */
export interface ReaderHost {
  readonly consumer: Consumer;
  readonly fetchBytesMax: number;
  /** The position where to begin; refuses one outside the log. */
  locate(assignment: Assignment, start: number | 'committed'): Promise<number>;
  /** Lets the client fetch from there. */
  fetchFrom(assignment: Assignment, position: number): void;
  pause(assignment: Assignment): void;
  resume(assignment: Assignment): void;
  /** Both reject once the partition is not ours any more, with the signal's reason. */
  commit(assignment: Assignment, position: number, signal: AbortSignal): Promise<void>;
  heartbeat(signal: AbortSignal): Promise<void>;
  onPosition(assignment: Assignment, position: number): void;
}

/** What one fetch brought. */
interface Fetched {
  readonly messages: readonly KafkaMessage[];
  /** How many of the messages have been handled. */
  handled: number;
  readonly bytes: number;
  /** The position after all of it, those without a record included. */
  readonly next: number;
  readonly high: number;
}

/**
 * Reads one partition for as long as it is assigned: what the client fetches waits here, and is handled at this partition's own
 * pace. (kafkajs fetches from a broker only when everything of the fetch before is handled, so one slow partition would stop
 * the others.) While too much waits the partition is paused.
 */
export class PartitionReader {
  readonly #waiting: Fetched[] = [];
  #bytes = 0;
  #paused = true;
  /** Everything before it has been handled; null before the start. */
  #position: number | null = null;
  /** Where the next fetch must go on. */
  #fetched: number | null = null;
  #astray = false;
  #wake = (): void => undefined;

  constructor(
    readonly assignment: Assignment,
    private readonly host: ReaderHost,
  ) {}

  get position(): number | null {
    return this.#position;
  }

  /** Resolves when `signal` aborts; rejects with what the consumer, or the log, threw. */
  async follow(signal: AbortSignal): Promise<void> {
    const { consumer } = this.host;
    signal.addEventListener('abort', () => this.#wake());
    const start = await consumer.start(this.assignment.topic, this.assignment.partition);
    checkStart(start);
    const position = await unlessAborted(signal, () => this.host.locate(this.assignment, start));
    this.#moveTo(position);
    this.#fetchFrom(position);
    while (!signal.aborted) {
      const fetched = this.#waiting[0];
      if (fetched !== undefined) await this.#handle(fetched, start === 'committed', signal);
      else if (this.#astray) await this.#findBack(signal);
      else await this.#news();
    }
  }

  /**
   * Takes what the client has fetched, which goes on from there. The client says where it fetched from: from somewhere else,
   * without a word, where our place is not in the log any more.
   */
  take({ batch, ...client }: EachBatchPayload): void {
    const next = Number(batch.lastOffset()) + 1;
    if (this.#fetched === null || this.#paused) return;
    const from = Number((batch as typeof batch & { fetchedOffset: string }).fetchedOffset);
    if (from !== this.#fetched) {
      this.#astray = true;
      this.#pause();
      this.#wake();
      return;
    }
    client.resolveOffset(batch.lastOffset());
    const bytes = batch.messages.reduce((sum, message) => sum + messageBytes(message), 0);
    this.#put({ messages: batch.messages, handled: 0, bytes, next, high: Number(batch.highWatermark) });
    if (this.#bytes >= this.host.fetchBytesMax) this.#pause();
  }

  /**
   * Passes over what the client has passed over, as it holds no record: marks of transactions, and what was given up. `first` is
   * null where compaction has left nothing. Only from where we are: the client may tell of a fetch from before our seek.
   */
  pass(first: number | null, last: number): void {
    if (this.#fetched === null || (first ?? last) !== this.#fetched) return;
    this.#put({ messages: [], handled: 0, bytes: 0, next: last + 1, high: last + 1 });
  }

  #put(fetched: Fetched): void {
    this.#fetched = fetched.next;
    this.#bytes += fetched.bytes;
    this.#waiting.push(fetched);
    this.#wake();
  }

  async #handle(fetched: Fetched, commits: boolean, signal: AbortSignal): Promise<void> {
    const batch = this.#nextBatch(fetched);
    if (batch !== null) {
      const context: HandleContext = { signal, heartbeat: () => this.host.heartbeat(signal) };
      await this.host.consumer.handle(batch, context);
      if (commits) await this.host.commit(this.assignment, batch.next, signal);
      fetched.handled += batch.records.length;
    }
    if (fetched.handled === fetched.messages.length) {
      this.#waiting.shift();
      this.#bytes -= fetched.bytes;
    }
    this.#moveTo(batch?.next ?? fetched.next);
    if (this.#paused && !this.#astray && this.#bytes <= this.host.fetchBytesMax / 2) this.#resume();
  }

  #nextBatch({ messages, handled, next, high }: Fetched): Batch | null {
    const { recordsMax, bytesMax } = this.host.consumer;
    let end = handled;
    for (let bytes = 0; end < messages.length && end - handled < recordsMax; end += 1) {
      bytes += messageBytes(messages[end] as KafkaMessage);
      if (end > handled && bytes > bytesMax) break;
    }
    if (end === handled) return null;
    const { topic, partition } = this.assignment;
    const records = messages.slice(handled, end).map((message) => toRecord(message, topic, partition));
    const after = end === messages.length ? next : Number(messages[end]?.offset);
    return { topic, partition, records, next: after, high: Math.max(high, next) };
  }

  /** Either the answer was to a question of before, or our place is gone; then this throws. */
  async #findBack(signal: AbortSignal): Promise<void> {
    const position = await unlessAborted(signal, () => this.host.locate(this.assignment, this.#fetched ?? 0));
    this.#astray = false;
    this.#fetchFrom(position);
  }

  #fetchFrom(position: number): void {
    this.#fetched = position;
    this.host.fetchFrom(this.assignment, position);
    this.#resume();
  }

  #moveTo(position: number): void {
    this.#position = position;
    this.host.onPosition(this.assignment, position);
  }

  #pause(): void {
    this.#paused = true;
    this.host.pause(this.assignment);
  }

  #resume(): void {
    this.#paused = false;
    this.host.resume(this.assignment);
  }

  async #news(): Promise<void> {
    await new Promise<void>((resolve) => (this.#wake = resolve));
    this.#wake = (): void => undefined;
  }
}
