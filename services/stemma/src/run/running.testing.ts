import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { HubClient } from '@stemma/hub';
import type { Changes, Rejects, Status } from '@stemma/query';
import type { WatcherConfig } from '@stemma/watcher';
import type { HubServer } from '@stemma/zoo';
import { Pipeline } from './pipeline';
import { serve, type Server } from './serve';

/** A whole Stemma on a data folder of its own, as `stemma start` runs it, against a hub of the test. */
export class Running {
  readonly #stopping = new AbortController();
  #failure: unknown = null;
  #done: Promise<void> = Promise.resolve();

  private constructor(
    readonly pipeline: Pipeline,
    readonly server: Server,
  ) {}

  static async start(
    hub: HubServer,
    dataFolder: string,
    watch: Partial<WatcherConfig> = {},
  ): Promise<Running> {
    const client = new HubClient({ url: hub.url, attemptsMax: 2, backoffMs: 1 });
    const close = async (): Promise<void> => undefined;
    const open = { name: 'test', place: hub.url, client, modelUrl: null, close };
    const config = {
      hub: { kind: 'url', name: 'test', url: hub.url },
      dataFolder,
      author: null,
      since: null,
    } as const;
    const fast = { pollIntervalMs: 50, sweepIntervalMs: 1, retryAfterMs: 100, ...watch };
    const pipeline = await Pipeline.open(config, open, { watch: fast });
    const server = await serve(pipeline, { host: '127.0.0.1', port: 0 }, (error) => running.fail(error));
    const running = new Running(pipeline, server);
    running.#done = pipeline.run(running.#stopping.signal).catch((error: unknown) => running.fail(error));
    return running;
  }

  fail(error: unknown): void {
    this.#failure ??= error;
  }

  async get<Answer>(route: string): Promise<Answer> {
    return (await (await fetch(this.server.url + route)).json()) as Answer;
  }

  status = (): Promise<Status> => this.get('/v1/status');
  rejects = (): Promise<Rejects> => this.get('/v1/rejects');

  /** Waits until the condition holds of the status; fails with the status where it never does. */
  async until(
    condition: (status: Status) => boolean | Promise<boolean>,
    timeoutMs = 20_000,
  ): Promise<Status> {
    const giveUpMs = Date.now() + timeoutMs;
    for (;;) {
      if (this.#failure !== null) throw this.#failure as Error;
      const status = await this.server.status();
      if (await condition(status)) return status;
      if (Date.now() > giveUpMs) throw new Error(`still ${JSON.stringify(status)} after ${timeoutMs} ms`);
      await new Promise((resolve) => setTimeout(resolve, 25));
    }
  }

  /** The forest that folding all changes from 0 gives: model → parent, without what was deleted. */
  async forest(): Promise<Map<string, string | null>> {
    const forest = new Map<string, string | null>();
    for (let after: Changes['next'] = 0; ;) {
      const { changes, next }: Changes = await this.get<Changes>(`/v1/changes?after=${after}&limit=1000`);
      for (const { kind, model, parent } of changes) {
        if (kind === 'deleted') forest.delete(model);
        else forest.set(model, parent.after);
      }
      if (changes.length === 0) return forest;
      after = next;
    }
  }

  async stop(): Promise<void> {
    this.#stopping.abort();
    await this.#done;
    await this.server.close();
    await this.pipeline.close();
    if (this.#failure !== null) throw this.#failure as Error;
  }
}

/** An empty folder, and how to get rid of it. */
export async function temporaryFolder(): Promise<{ folder: string; remove(): Promise<void> }> {
  const folder = await mkdtemp(join(tmpdir(), 'stemma-'));
  return { folder, remove: () => rm(folder, { recursive: true, force: true }) };
}
