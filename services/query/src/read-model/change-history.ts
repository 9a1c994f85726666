import assert from 'node:assert/strict';
import type { LineageChanged } from '@stemma/events';
import { TextBlocks } from './text-blocks';

/** One numbered fact: from this moment, this model's parent is that one. */
export type Change = LineageChanged['data'];

/** A change as the JSON that is served, ready to be sent. */
export interface StoredChange {
  readonly seq: number;
  readonly json: string;
}

/** All changes, oldest first, numbered from 1 without a gap. */
export interface ChangeHistory {
  /** The newest seq; 0 before the first change. */
  readonly seq: number;
  /** At most `limit` changes after `afterSeq`. */
  read(afterSeq: number, limit: number): StoredChange[];
  at(seq: number): Change;
  /** Whether there is a change after `afterSeq`: at once if so, else when one comes, the time is up or the signal aborts. */
  wait(afterSeq: number, timeoutMs: number, signal: AbortSignal): Promise<boolean>;
}

const DICTIONARY =
  '","parent":{"before":null,"after":"},"relation":"finetune","adapter","quantized","duplicate","verdict":"asserted",' +
  '"uncertain","root","confidence":0.99,"evidence":[{"kind":"distance","figure":-,"logOdds":,"sentence":"The weights ' +
  'of the model are '.repeat(2) +
  '"}],"runnersUp":[{"model":""}],"architecture":"","claim":{"baseModels":[""],"relation":null},"cause":"@#sketched",' +
  '"time":"2026-01-01T00:00:00.000Z"}{"seq":1,"kind":"arrived","reparented","reassessed","model":"","revision":"';

/** Keeps every change in memory, compressed (see `TextBlocks`); wakes whoever waits for the next one. */
export class PackedHistory implements ChangeHistory {
  readonly #texts = new TextBlocks({ dictionary: DICTIONARY });
  readonly #waiting = new Set<() => void>();

  get seq(): number {
    return this.#texts.length;
  }

  get packedBytes(): number {
    return this.#texts.packedBytes;
  }

  append(change: Change): void {
    assert.equal(change.seq, this.seq + 1, `expected change ${this.seq + 1}, got ${change.seq}`);
    this.#texts.append(JSON.stringify(change));
  }

  /** To be called once a batch is folded, so that nobody sees half of it. */
  wake(): void {
    for (const waiter of [...this.#waiting]) waiter();
  }

  read(afterSeq: number, limit: number): StoredChange[] {
    const changes: StoredChange[] = [];
    const last = Math.min(this.seq, afterSeq + limit);
    for (let seq = afterSeq + 1; seq <= last; seq++) changes.push({ seq, json: this.#texts.get(seq - 1) });
    return changes;
  }

  at(seq: number): Change {
    return JSON.parse(this.#texts.get(seq - 1)) as Change;
  }

  async wait(afterSeq: number, timeoutMs: number, signal: AbortSignal): Promise<boolean> {
    const due = Date.now() + timeoutMs;
    while (this.seq <= afterSeq && !signal.aborted) {
      const leftMs = due - Date.now();
      if (leftMs <= 0) return false;
      await this.#nextWake(leftMs, signal);
    }
    return this.seq > afterSeq;
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
}
