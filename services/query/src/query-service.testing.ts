import { CHANGED, DEAD, deadLetter, EmbeddedLog, lineageChanged, topicSpecs, toRecord } from '@stemma/events';
import { NestFactory } from '@nestjs/core';
import type { NestFastifyApplication } from '@nestjs/platform-fastify';
import { mkdtemp, rm } from 'node:fs/promises';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { installQuery } from './http/install-query';
import { queryAdapter } from './http/query-adapter';
import { QueryModule } from './query.module';
import type { QueryOptions } from './query-options';
import type { Change } from './read-model/change-history';
import { ReadModel } from './read-model/read-model';

export const TIME = '2026-05-04T12:00:00.000Z';
const ORIGIN = { source: '/stemma/test', time: TIME };

/** A change as the indexer would send it; what is left out is a plain fine-tune (or a root). */
export function change(seq: number, model: string, after: string | null, more: Partial<Change> = {}): Change {
  return {
    seq,
    kind: 'arrived',
    model,
    revision: 'a1b2c3d4e5f6071829',
    parent: { before: null, after },
    relation: after === null ? null : 'finetune',
    verdict: after === null ? 'root' : 'asserted',
    confidence: 0.97,
    evidence: [{ kind: 'growth', figure: 12.5, logOdds: 8.1, sentence: `${model} has grown.` }],
    runnersUp: [],
    architecture: 'arch-1',
    claim: null,
    cause: `${model}@a1#sketched`,
    time: TIME,
    ...more,
  };
}

/** Changes from a table of child → parent, in the order given. */
export function family(parents: Readonly<Record<string, string | null>>, firstSeq = 1): Change[] {
  return Object.entries(parents).map(([model, parent], i) => change(firstSeq + i, model, parent));
}

/** `models` in trees that grow as hubs do: most start from a popular or recent model, some are roots. */
export function randomFamily(models: number, seed: number, rootShare = 0.02): Change[] {
  const random = mulberry32(seed);
  const names = Array.from({ length: models }, (_, i) => `org-${i % 97}/Model.${i}`);
  return names.map((name, i) => {
    const parent = i === 0 || random() < rootShare ? null : (names[Math.floor(random() ** 1.5 * i)] ?? null);
    return change(i + 1, name, parent);
  });
}

/** Uniform numbers in [0, 1) from a 32-bit seed (Tommy Ettinger's mulberry32, public domain). */
export function mulberry32(seed: number): () => number {
  let state = seed | 0;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let t = Math.imul(state ^ (state >>> 15), 1 | state);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) / 4_294_967_296;
  };
}

export interface RunningQuery {
  readonly app: NestFastifyApplication;
  readonly url: string;
  readonly model: ReadModel;
  readonly log: EmbeddedLog;
  get(path: string, init?: RequestInit): Promise<Response>;
  /** The JSON of an answer that must be 200. */
  json(path: string): Promise<any>;
  /** Appends changes to the log and waits until the read model has them. */
  publish(changes: readonly Change[]): Promise<void>;
  reject(model: string, reason: string, detail?: string): Promise<void>;
  close(): Promise<void>;
}

/** The real service on a free port, on a real embedded log in a folder of its own. */
export async function startQuery(
  changes: readonly Change[] = [],
  options: Partial<QueryOptions> = {},
): Promise<RunningQuery> {
  const folder = await mkdtemp(join(tmpdir(), 'stemma-query-'));
  const log = await EmbeddedLog.open(folder);
  await log.ensureTopics(topicSpecs());
  const append = async (more: readonly Change[]): Promise<void> => {
    for (let begin = 0; begin < more.length; begin += 1000) {
      const records = more.slice(begin, begin + 1000).map((data) => toRecord(lineageChanged(data, ORIGIN)));
      await log.append(CHANGED, records);
    }
  };
  await append(changes);
  const module = QueryModule.register({ log, ...options });
  const app = await NestFactory.create<NestFastifyApplication>(module, queryAdapter(), {
    logger: ['error', 'warn'],
  });
  installQuery(app);
  await app.listen(0, '127.0.0.1');
  const url = `http://127.0.0.1:${(app.getHttpServer().address() as AddressInfo).port}`;
  const model = app.get(ReadModel);
  let refused = 0;
  const get = (path: string, init?: RequestInit): Promise<Response> => fetch(url + path, init);
  await until(async () => (await get('/readyz')).ok);
  return {
    app,
    url,
    model,
    log,
    get,
    async json(path) {
      const reply = await get(path);
      const body: unknown = await reply.json();
      if (reply.status !== 200) throw new Error(`${path} answered ${reply.status}: ${JSON.stringify(body)}`);
      return body;
    },
    async publish(more) {
      await append(more);
      await until(() => model.state.seq >= (more.at(-1)?.seq ?? 0));
    },
    async reject(repo, reason, detail = 'It could not be read.') {
      const at = { topic: 'stemma.model.published.v1', partition: 0, position: refused++, time: 0 };
      const record = { ...at, key: repo, value: '{}' };
      await log.append(DEAD, [toRecord(deadLetter({ record, service: 'sketcher', reason, detail }, ORIGIN))]);
      await until(() => model.rejects.count >= refused);
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
