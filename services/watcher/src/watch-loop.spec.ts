import { mkdir, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { EmbeddedLog, LogUnavailableError, topicSpecs } from '@stemma/events';
import { WATCHER_DEFAULTS } from './config';
import { watchLoop } from './watch-loop';
import { Watcher, type Walk } from './watcher';
import { readWatermark } from './watermark';

let folder: string;

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'stemma-watch-'));
});

afterEach(() => rm(folder, { recursive: true, force: true }));

it('waits where the watermark cannot be written, and walks again', async () => {
  const log = await EmbeddedLog.open(join(folder, 'log'));
  await log.ensureTopics(topicSpecs());
  const watermarkPath = join(folder, 'watermark.json');
  // A folder stands where the file has to go.
  await mkdir(`${watermarkPath}.tmp`);
  const updatedAt = '2026-05-01T00:00:00.000Z';
  const model = { repo: 'org/model', sha: 'a'.repeat(40), createdAt: updatedAt, updatedAt };
  const listing = {
    async *list() {
      yield model;
    },
    describe: async () => {
      const described = { ...model, files: [], claim: null, gated: false, private: false };
      return { type: 'model' as const, ...described };
    },
  };
  const config = { ...WATCHER_DEFAULTS, hub: 'zoo', author: null, since: null };
  const watcher = await Watcher.open({ config, listing, log, watermarkPath, now: () => new Date() });
  const stopping = new AbortController();
  const refused: Error[] = [];
  const walks: Walk[] = [];
  await watchLoop(watcher, stopping.signal, {
    pollIntervalMs: 10,
    onUnavailable: (error) => {
      refused.push(error);
      void rm(`${watermarkPath}.tmp`, { recursive: true });
    },
    onWalk: (walk) => {
      walks.push(walk);
      stopping.abort();
    },
  });
  expect(refused).toEqual([expect.any(LogUnavailableError)]);
  expect(refused[0]?.message).toMatch(/watermark.json could not be written: EISDIR/);
  expect(walks).toEqual([{ listed: 1, published: 0, deleted: 0 }]);
  expect(await readWatermark(watermarkPath)).toEqual({ through: updatedAt });
  await watcher.close();
  await log.close();
});
