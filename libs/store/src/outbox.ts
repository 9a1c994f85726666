import type { OutboxMessage, PendingMessage } from './rows';

/** Messages kept in memory at most. */
const KEPT_MAX = 1_000;

/**
 * The committed messages that are not known to be published, as far as memory has all of them: who publishes a batch then need
 * not ask the database for what it was given a moment ago, nor whether there is more.
 */
export class Outbox {
  /** Null where only the database has all. */
  #kept: readonly PendingMessage[] | null;
  #next: number;

  /** `next` is the number of the next message: 1 where there is none, since numbers begin anew in an empty outbox. */
  constructor(next: number) {
    this.#next = next;
    this.#kept = next === 1 ? [] : null;
  }

  get next(): number {
    return this.#next;
  }

  /** The first messages, or null where the database has to be asked. */
  pending(limit: number): PendingMessage[] | null {
    return this.#kept?.slice(0, limit) ?? null;
  }

  /** Messages have been committed under the next numbers. */
  committed(messages: readonly OutboxMessage[]): void {
    const all = [
      ...(this.#kept ?? []),
      ...messages.map((message, at) => ({ seq: this.#next + at, ...message })),
    ];
    this.#next += messages.length;
    if (this.#kept !== null) this.#kept = all.length > KEPT_MAX ? null : all;
  }

  /** Messages up to this number have been deleted. */
  sent(seqMax: number): void {
    if (seqMax >= this.#next - 1) this.#kept = [];
    else this.#kept = this.#kept?.filter(({ seq }) => seq > seqMax) ?? null;
  }
}
