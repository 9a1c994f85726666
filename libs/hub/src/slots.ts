import { HubUnavailableError } from './outcome';

/** Lets a bounded number in at a time and a bounded number wait, first come first served. */
export class Slots {
  #free: number;
  readonly #waitingMax: number;
  #waiting: (() => void)[] = [];

  constructor(inFlightMax: number, waitingMax: number) {
    this.#free = inFlightMax;
    this.#waitingMax = waitingMax;
  }

  /** Runs `work` once there is a slot for it. Rejects with the signal's reason when it is aborted while it waits. */
  async run<T>(signal: AbortSignal | undefined, work: () => Promise<T>): Promise<T> {
    await this.#acquire(signal);
    try {
      return await work();
    } finally {
      const next = this.#waiting.shift();
      if (next) next();
      else this.#free += 1;
    }
  }

  async #acquire(signal: AbortSignal | undefined): Promise<void> {
    signal?.throwIfAborted();
    if (this.#free > 0) {
      this.#free -= 1;
      return;
    }
    if (this.#waiting.length >= this.#waitingMax) {
      throw new HubUnavailableError(`more than ${this.#waitingMax} requests to the hub are waiting`);
    }
    await new Promise<void>((resolve, reject) => {
      const enter = () => {
        signal?.removeEventListener('abort', leave);
        resolve();
      };
      const leave = () => {
        this.#waiting = this.#waiting.filter((waiter) => waiter !== enter);
        reject(signal?.reason as Error);
      };
      this.#waiting.push(enter);
      signal?.addEventListener('abort', leave, { once: true });
    });
  }
}
