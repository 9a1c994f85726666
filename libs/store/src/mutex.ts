import { StoreUnavailableError } from './store-error';

/** Runs one piece of work at a time, in the order of arrival; at most `waitingMax` may wait. */
export class Mutex {
  #last: Promise<unknown> = Promise.resolve();
  #inside = 0;

  constructor(private readonly waitingMax: number) {}

  /** Pieces of work that run or wait. */
  get load(): number {
    return this.#inside;
  }

  async run<T>(work: () => Promise<T>): Promise<T> {
    if (this.#inside > this.waitingMax) {
      throw new StoreUnavailableError(`${this.waitingMax} others wait for the store already`);
    }
    this.#inside++;
    const turn = this.#last.then(work);
    this.#last = turn.catch(() => undefined);
    try {
      return await turn;
    } finally {
      this.#inside--;
    }
  }

  /** Resolves when all work that was there has ended. */
  async idle(): Promise<void> {
    await this.#last;
  }
}
