import { spawn, type ChildProcess } from 'node:child_process';
import { join } from 'node:path';

export type ServiceName = 'watcher' | 'sketcher' | 'indexer' | 'query';

const RUNNER = join(__dirname, '../../../tools/run-ts.js');

/** One of the four services as a process of its own, which can be killed and started again with the same settings. */
export class ServiceProcess {
  #child: ChildProcess | null = null;
  #ended: Promise<number | NodeJS.Signals> = Promise.resolve(0);
  /** All that it has said, over all its lives. */
  output = '';

  constructor(
    readonly service: ServiceName,
    private readonly env: Readonly<Record<string, string>>,
  ) {}

  start(): void {
    const main = join(__dirname, `../../${this.service}/src/main.ts`);
    const child = spawn(process.execPath, [RUNNER, main], {
      env: { ...process.env, NO_COLOR: '1', STEMMA_HEALTH_PORT: '0', ...this.env },
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    for (const stream of [child.stdout, child.stderr])
      stream.setEncoding('utf8').on('data', (text: string) => (this.output += text));
    this.#ended = new Promise((resolve) =>
      child.once('close', (code, signal) => resolve(signal ?? code ?? -1)),
    );
    this.#child = child;
  }

  /** Status, or the signal that it died of. */
  get ended(): Promise<number | NodeJS.Signals> {
    return this.#ended;
  }

  get isRunning(): boolean {
    return this.#child !== null && this.#child.exitCode === null && this.#child.signalCode === null;
  }

  async kill(signal: NodeJS.Signals = 'SIGKILL'): Promise<number | NodeJS.Signals> {
    this.#child?.kill(signal);
    return this.#ended;
  }

  /** Stops it for a while, as a machine that hangs does. */
  async freeze(ms: number): Promise<void> {
    this.#child?.kill('SIGSTOP');
    await new Promise((resolve) => setTimeout(resolve, ms));
    this.#child?.kill('SIGCONT');
  }
}
