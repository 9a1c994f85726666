import { extname, join } from 'node:path';
import { Worker } from 'node:worker_threads';
import type { Answer, Asked, Request, Response, Told } from './comparer-messages';
import type { ComparerShare } from './comparer-worker';

/** A thread that compares has ended in the middle. Nothing was changed; the next batch has another one. */
export class ComparerLostError extends Error {
  override readonly name = 'ComparerLostError';
  readonly retryable = true;
}

export interface ComparerThreadOptions {
  readonly share: ComparerShare;
  /** Objects of the thread's own heap; the numbers of sketches lie beside it. */
  readonly heapMaxMiB: number;
}

interface Waiting {
  resolve(answer: Answer): void;
  reject(error: Error): void;
}

/** One thread that compares, from its start to its end. It keeps the process alive only while it is asked something. */
export class ComparerThread {
  readonly #worker: Worker;
  readonly #waiting = new Map<number, Waiting>();
  #asked = 0;
  #lost: ComparerLostError | null = null;

  constructor({ share, heapMaxMiB }: ComparerThreadOptions) {
    const { file, argv } = program();
    const limits = { resourceLimits: { maxOldGenerationSizeMb: heapMaxMiB } };
    this.#worker = new Worker(file, { argv, workerData: share, execArgv: [], ...limits });
    this.#worker.unref();
    this.#worker.on('message', ({ id, ...answer }: Response) =>
      this.#settle(id, (one) => one.resolve(answer)),
    );
    this.#worker.on('error', (error: Error) => this.#lose(`it failed: ${error.message}`, error));
    this.#worker.on('exit', (code) => this.#lose(`it ended with ${code}`));
  }

  get isLost(): boolean {
    return this.#lost !== null;
  }

  tell(told: Told): void {
    if (this.#lost === null) this.#worker.postMessage(told);
  }

  /** @throws ComparerLostError where the thread ends before it has answered. */
  async ask(asked: Asked): Promise<Answer> {
    if (this.#lost !== null) throw this.#lost;
    const id = this.#asked++;
    if (this.#waiting.size === 0) this.#worker.ref();
    const answer = new Promise<Answer>((resolve, reject) => this.#waiting.set(id, { resolve, reject }));
    this.#worker.postMessage({ ...asked, id } satisfies Request);
    return answer;
  }

  async end(): Promise<void> {
    await this.#worker.terminate();
  }

  #settle(id: number, settle: (one: Waiting) => void): void {
    const one = this.#waiting.get(id);
    if (one === undefined) return;
    this.#waiting.delete(id);
    if (this.#waiting.size === 0) this.#worker.unref();
    settle(one);
  }

  #lose(why: string, cause?: Error): void {
    this.#lost ??= new ComparerLostError(`A thread that compares sketches is gone (${why})`, { cause });
    const lost = this.#lost;
    for (const id of [...this.#waiting.keys()]) this.#settle(id, (one) => one.reject(lost));
  }
}

/** The file beside this one, as JavaScript or, where nothing was built, as TypeScript by whoever runs that. */
function program(): { file: string; argv: string[] } {
  const extension = extname(__filename);
  const file = join(__dirname, `comparer-worker${extension}`);
  if (extension === '.js') return { file, argv: [] };
  return { file: join(__dirname, '../../../tools/run-ts.js'), argv: [file] };
}
