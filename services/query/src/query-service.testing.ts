import { CHANGED, DEAD, deadLetter, EmbeddedLog, topicSpecs, toRecord, type EventLog } from '@stemma/events';
import { NestFactory } from '@nestjs/core';
import type { NestFastifyApplication } from '@nestjs/platform-fastify';
import { mkdtemp, rm } from 'node:fs/promises';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { ORIGIN, recordOf } from './changes.testing';
import { installQuery } from './http/install-query';
import { queryAdapter } from './http/query-adapter';
import { QueryModule } from './query.module';
import type { QueryOptions } from './query-options';
import type { Change } from './read-model/change-history';
import { ReadModel } from './read-model/read-model';

export interface RunningQuery {
  readonly app: NestFastifyApplication;
  readonly url: string;
  readonly model: ReadModel;
  readonly log: EmbeddedLog;
  get(path: string, init?: RequestInit): Promise<Response>;
  /** The JSON of an answer that must be 200. */
  json<T>(path: string): Promise<T>;
  /** Appends changes to the log and waits until the read model has them. */
  publish(changes: readonly Change[]): Promise<void>;
  reject(model: string, reason: string, detail?: string): Promise<void>;
  close(): Promise<void>;
}

export interface StartOptions extends Partial<QueryOptions> {
  /** What stands between the service and the log, to hold it up. */
  readonly between?: (log: EventLog) => EventLog;
  readonly awaitReady?: boolean;
  /** Of every topic. */
  readonly partitions?: number;
}

/** The real service on a free port, on a real embedded log in a folder of its own. */
export async function startQuery(
  changes: readonly Change[] = [],
  { between = (log) => log, awaitReady = true, partitions = 1, ...options }: StartOptions = {},
): Promise<RunningQuery> {
  const folder = await mkdtemp(join(tmpdir(), 'stemma-query-'));
  const log = await EmbeddedLog.open(folder);
  await log.ensureTopics(topicSpecs(partitions));
  const append = async (more: readonly Change[]): Promise<void> => {
    for (let begin = 0; begin < more.length; begin += 1000) {
      await log.append(CHANGED, more.slice(begin, begin + 1000).map(recordOf));
    }
  };
  await append(changes);
  const module = QueryModule.register({ log: between(log), ...options });
  const app = await NestFactory.create<NestFastifyApplication>(module, queryAdapter(), {
    logger: ['error', 'warn'],
  });
  installQuery(app);
  await app.listen(0, '127.0.0.1');
  const url = `http://127.0.0.1:${(app.getHttpServer().address() as AddressInfo).port}`;
  const model = app.get(ReadModel);
  let refused = 0;
  const get = (path: string, init?: RequestInit): Promise<Response> => fetch(url + path, init);
  if (awaitReady) await until(async () => (await get('/readyz')).ok);
  return {
    app,
    url,
    model,
    log,
    get,
    async json<T>(path: string) {
      const reply = await get(path);
      const body: unknown = await reply.json();
      if (reply.status !== 200) throw new Error(`${path} answered ${reply.status}: ${JSON.stringify(body)}`);
      return body as T;
    },
    async publish(more) {
      await append(more);
      await until(() => more.every(({ partition, seq }) => seq <= (model.history.end[partition] ?? 0)));
    },
    async reject(repo, reason, detail = 'It could not be read.') {
      const known = model.rejects.letters;
      const at = { topic: 'stemma.model.published.v1', partition: 0, position: refused++, time: 0 };
      const record = { ...at, key: repo, value: '{}' };
      await log.append(DEAD, [toRecord(deadLetter({ record, service: 'sketcher', reason, detail }, ORIGIN))]);
      await until(() => model.rejects.letters > known);
    },
    async close() {
      await app.close();
      await log.close();
      await rm(folder, { recursive: true });
    },
  };
}

export async function until(holds: () => boolean | Promise<boolean>, timeoutMs = 60_000): Promise<void> {
  const due = Date.now() + timeoutMs;
  while (!(await holds())) {
    if (Date.now() > due) throw new Error(`not within ${timeoutMs} ms: ${holds.toString()}`);
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
}
