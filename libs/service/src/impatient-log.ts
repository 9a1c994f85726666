import { setTimeout as sleep } from 'node:timers/promises';
import { LogUnavailableError, type Bounds, type EventLog } from '@stemma/events';
import { DelegatingLog } from './delegating-log';

/** A log whose questions are given up soon: for whoever has to answer somebody else meanwhile. */
export class ImpatientLog extends DelegatingLog {
  readonly #answerMsMax: number;

  constructor(log: EventLog, answerMsMax = 2_000) {
    super(log);
    this.#answerMsMax = answerMsMax;
  }

  override bounds(topic: string, partition: number): Promise<Bounds> {
    return this.#soon(`the bounds of ${topic}/${partition}`, super.bounds(topic, partition));
  }

  override committed(group: string, topic: string, partition: number): Promise<number | null> {
    const what = `the position of ${group} in ${topic}/${partition}`;
    return this.#soon(what, super.committed(group, topic, partition));
  }

  async #soon<T>(what: string, asked: Promise<T>): Promise<T> {
    const over = new AbortController();
    const late = sleep(this.#answerMsMax, undefined, { signal: over.signal }).then(() => {
      throw new LogUnavailableError(`${what} did not come within ${this.#answerMsMax} ms`);
    });
    // Whichever of the two is later is not waited for.
    for (const one of [late, asked]) one.catch(() => undefined);
    try {
      return await Promise.race([asked, late]);
    } finally {
      over.abort();
    }
  }
}
