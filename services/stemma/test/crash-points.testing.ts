import { writeFileSync } from 'node:fs';
import fs, { type FileHandle } from 'node:fs/promises';
import { EmbeddedLog } from '@stemma/events';
import { Store } from '@stemma/store';

/**
 * Imported before everything else, this kills the process at one named moment: STEMMA_CRASH=<point>#<n> at the n-th time that it comes by.
 * Nothing of the product knows of it: a point is either a boundary that the store names, or lies just before or after a call
 * that makes something durable, so a file that is added one day has its points without a word here.
 *
 *     published-log:syncing    a write lies in the operating system, not yet on disk        :synced     and now it does
 *     published-log:torn       the same as syncing, and the power is gone: part of what was not on disk is lost
 *     watermark:renaming       a new version is about to take the place of the old          :renamed    and now it has
 *     store:applied            the boundaries of the store, its claims and its outbox
 *
 * STEMMA_TRACE=<file> has all points that a process comes by written there at its end, in order: the places to die at.
 */
const { STEMMA_CRASH, STEMMA_TRACE, STEMMA_WAL_BYTES } = process.env;
const [, wanted, nth] = /^(.+)#(\d+)$/.exec(STEMMA_CRASH ?? '') ?? [];
let timesLeft = Number(nth);
const trace: string[] = [];

function reach(point: string): void {
  trace.push(point);
  if (point === wanted && --timesLeft === 0) process.kill(process.pid, 'SIGKILL');
}

if (STEMMA_TRACE !== undefined) {
  process.on('exit', () => writeFileSync(STEMMA_TRACE, trace.join('\n')));
}

/** What a path of the data folder is, in a word: numbers and what is temporary about a name left out. */
function nounOf(path: string): string {
  const topic = /\/stemma\.[\w.]*?(\w+)\.v\d+\/\d+\/\d+\.log$/.exec(path)?.[1];
  if (topic !== undefined) return `${topic}-log`;
  const name = path.split('/').at(-1) ?? '';
  return name.replace(/\.(tmp|new|json)\b/g, '').replace(/\d+/g, 'n');
}

/** Leaves what a loss of power would: all that was synced, and some of the rest. */
async function tear(handle: FileHandle, durableBytes: number): Promise<void> {
  const { size } = await handle.stat();
  const share = ((size * 7_919) % 97) / 97;
  await handle.truncate(durableBytes + Math.floor(share * (size - durableBytes)));
}

async function watched(handle: FileHandle, path: string): Promise<FileHandle> {
  const noun = nounOf(path);
  const stats = await handle.stat();
  let durableBytes = stats.size;
  const syncs = (sync: () => Promise<void>) => async () => {
    const torn = `${noun}:torn`;
    if (wanted === torn && timesLeft === 1) await tear(handle, durableBytes);
    if (stats.isFile()) reach(torn);
    reach(`${noun}:syncing`);
    await sync();
    durableBytes = (await handle.stat()).size;
    reach(`${noun}:synced`);
  };
  handle.sync = syncs(handle.sync.bind(handle));
  handle.datasync = syncs(handle.datasync.bind(handle));
  return handle;
}

const { open, rename, truncate, rm, unlink } = fs;
fs.open = async (path, ...rest) => watched(await open(path, ...rest), String(path));
fs.rename = async (from, to) => {
  reach(`${nounOf(String(to))}:renaming`);
  await rename(from, to);
  reach(`${nounOf(String(to))}:renamed`);
};
fs.truncate = async (path, length) => {
  reach(`${nounOf(String(path))}:truncating`);
  await truncate(path, length);
};
fs.rm = async (path, options) => {
  reach(`${nounOf(String(path))}:removing`);
  await rm(path, options);
};

fs.unlink = async (path) => {
  reach(`${nounOf(String(path))}:removing`);
  await unlink(path);
};

/** Small, so that files are full, closed and thrown away even in a short run. */
const LOG_SEGMENT_BYTES = 50_000;
const SKETCH_SEGMENT_BYTES = 40_000;

const openLog = EmbeddedLog.open.bind(EmbeddedLog);
EmbeddedLog.open = (folder, options) => openLog(folder, { segmentBytes: LOG_SEGMENT_BYTES, ...options });

const openStore = Store.open.bind(Store);
Store.open = async (options) => {
  const walMaxBytes = STEMMA_WAL_BYTES === undefined ? {} : { walMaxBytes: Number(STEMMA_WAL_BYTES) };
  const store = await openStore({
    segmentMaxBytes: SKETCH_SEGMENT_BYTES,
    ...options,
    ...walMaxBytes,
    onBoundary: (boundary) => reach(`store:${boundary}`),
  });
  reach('store:opened');
  return store;
};

/** Comes by one point before and one after a method of the store. */
function pointsAround(
  method: 'outboxSent' | 'claimPartition' | 'close',
  before: string,
  after: string,
): void {
  const methods = Store.prototype as unknown as Record<string, (...args: unknown[]) => Promise<unknown>>;
  const original = methods[method]!;
  const watchedMethod = async function (this: Store, ...args: unknown[]): Promise<unknown> {
    reach(`store:${before}`);
    const result = await original.apply(this, args);
    reach(`store:${after}`);
    return result;
  };
  methods[method] = watchedMethod;
}

pointsAround('claimPartition', 'claiming', 'claimed');
pointsAround('outboxSent', 'outbox-sent', 'outbox-cleared');
pointsAround('close', 'closing', 'closed');
