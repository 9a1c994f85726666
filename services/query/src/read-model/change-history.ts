import assert from 'node:assert/strict';
import type { LineageChanged } from '@stemma/events';
import { Column } from './column';
import { beginningOf, isBefore, type FeedPlace } from './feed-place';
import { TextBlocks } from './text-blocks';

/** One fact, numbered within the partition that tells it: from this moment, this model's parent is that one. */
export type Change = LineageChanged['data'] & { readonly partition: number };

/** A change as the JSON that is served, ready to be sent. */
export interface StoredChange {
  readonly partition: number;
  readonly seq: number;
  readonly json: string;
}

/** All changes; those of one partition are numbered from 1 without a gap. */
export interface ChangeHistory {
  /** The place behind the newest change. */
  readonly end: FeedPlace;
  /**
   * At most `limit` changes after a place: those of a partition in their order, between partitions by time (then by partition),
   * so that what follows a place comes in one order whatever the order of delivery.
   */
  read(after: FeedPlace, limit: number): StoredChange[];
  /** The last `limit` changes in that order. */
  newest(limit: number): StoredChange[];
  at(partition: number, seq: number): Change;
  /** Whether there is a change after a place: at once if so, else when one comes, the time is up or the signal aborts. */
  wait(after: FeedPlace, timeoutMs: number, signal: AbortSignal): Promise<boolean>;
  /** The same of anything that a new change can bring about. */
  until(holds: () => boolean, timeoutMs: number, signal: AbortSignal): Promise<boolean>;
}

const DICTIONARY =
  '","parent":{"before":null,"after":"},"relation":"finetune","adapter","quantized","duplicate","verdict":"asserted",' +
  '"uncertain","root","confidence":0.99,"evidence":[{"kind":"distance","figure":-,"logOdds":,"sentence":"The weights ' +
  'of the model are '.repeat(2) +
  '"}],"runnersUp":[{"model":""}],"architecture":"","claim":{"baseModels":[""],"relation":null},"cause":"@#sketched",' +
  '"time":"2026-01-01T00:00:00.000Z","publishedAt":"2026-01-01T00:00:00.000Z","validFrom":"2026-01-01T00:00:00.000Z"}' +
  '{"partition":0,"seq":1,"kind":"arrived","reparented","reassessed","model":"","revision":"';

/** Keeps every change in memory, compressed (see `TextBlocks`); wakes whoever waits for the next one. */
export class PackedHistory implements ChangeHistory {
  /** Of all partitions, in the order in which they came. */
  readonly #texts = new TextBlocks({ dictionary: DICTIONARY });
  readonly #waiting = new Set<() => void>();
  #partitions: PartitionIndex[] = [new PartitionIndex()];
  #end: FeedPlace = beginningOf(1);

  get end(): FeedPlace {
    return this.#end;
  }

  get packedBytes(): number {
    return this.#texts.packedBytes;
  }

  /** To be called before the first change, where there is more than one partition. */
  spreadOver(partitions: number): void {
    assert.equal(this.#texts.length, 0, `expected no change before the partitions are known`);
    this.#partitions = Array.from({ length: partitions }, () => new PartitionIndex());
    this.#end = beginningOf(partitions);
  }

  append(change: Change): void {
    const { partition, seq, time } = change;
    const known = this.#partition(partition);
    assert.equal(seq, known.length + 1, `expected change ${known.length + 1}, got ${seq}`);
    known.append(this.#texts.length, Date.parse(time));
    this.#texts.append(JSON.stringify(change));
    this.#end = this.#end.with(partition, seq);
  }

  /** To be called once a batch is folded, so that nobody sees half of it. */
  wake(): void {
    for (const waiter of [...this.#waiting]) waiter();
  }

  read(after: FeedPlace, limit: number): StoredChange[] {
    const changes: StoredChange[] = [];
    const next = this.#partitions.map((_, partition) => (after[partition] ?? 0) + 1);
    while (changes.length < limit) {
      const partition = this.#earliest(next);
      if (partition === undefined) break;
      const seq = next[partition] as number;
      next[partition] = seq + 1;
      changes.push({ partition, seq, json: this.#text(partition, seq) });
    }
    return changes;
  }

  newest(limit: number): StoredChange[] {
    const begin = this.#end.map((seq) => Math.max(0, seq - limit));
    return this.read(begin, limit * begin.length).slice(-limit);
  }

  at(partition: number, seq: number): Change {
    return JSON.parse(this.#text(partition, seq)) as Change;
  }

  wait(after: FeedPlace, timeoutMs: number, signal: AbortSignal): Promise<boolean> {
    return this.until(() => isBefore(after, this.#end), timeoutMs, signal);
  }

  async until(holds: () => boolean, timeoutMs: number, signal: AbortSignal): Promise<boolean> {
    const due = Date.now() + timeoutMs;
    while (!holds() && !signal.aborted) {
      const leftMs = due - Date.now();
      if (leftMs <= 0) return false;
      await this.#nextWake(leftMs, signal);
    }
    return holds();
  }

  #nextWake(timeoutMs: number, signal: AbortSignal): Promise<void> {
    return new Promise((resolve) => {
      const settle = (): void => {
        clearTimeout(timer);
        signal.removeEventListener('abort', settle);
        this.#waiting.delete(settle);
        resolve();
      };
      const timer = setTimeout(settle, timeoutMs);
      signal.addEventListener('abort', settle);
      this.#waiting.add(settle);
    });
  }

  #text(partition: number, seq: number): string {
    return this.#texts.get(this.#partition(partition).textOf(seq));
  }

  #partition(partition: number): PartitionIndex {
    const index = this.#partitions[partition];
    assert.ok(index, `expected one of ${this.#partitions.length} partitions, got ${partition}`);
    return index;
  }

  /** The partition whose next change is the oldest; undefined where none has one. */
  #earliest(next: readonly number[]): number | undefined {
    let earliest: number | undefined;
    let leastTime = Infinity;
    for (const [partition, index] of this.#partitions.entries()) {
      const seq = next[partition] as number;
      if (seq > index.length || index.timeOf(seq) >= leastTime) continue;
      earliest = partition;
      leastTime = index.timeOf(seq);
    }
    return earliest;
  }
}

/** Where the changes of one partition are among all texts, and when they were. */
class PartitionIndex {
  readonly #texts = Column.int32(0);
  readonly #times = Column.float64(0);
  #length = 0;

  get length(): number {
    return this.#length;
  }

  append(text: number, time: number): void {
    this.#texts.set(this.#length, text);
    this.#times.set(this.#length, time);
    this.#length++;
  }

  textOf(seq: number): number {
    return this.#texts.get(seq - 1);
  }

  timeOf(seq: number): number {
    return this.#times.get(seq - 1);
  }
}
