import { closeSync, openSync, readSync } from 'node:fs';
import { parentPort, workerData } from 'node:worker_threads';
import { crc32 } from 'node:zlib';
import type { SketchInFile } from '@stemma/store';
import {
  packFigures,
  unpackPlaces,
  type Answer,
  type Asked,
  type Request,
  type Response,
  type Told,
} from './comparer-messages';
import { LocalComparer } from './local-comparer';
import { readForComparing } from './observations';

/** Runs in a thread: compares what it is asked to, with sketches that it was given or that it reads by itself. */

/** Which of how many it is: it keeps the models of its own share. */
export interface ComparerShare {
  readonly index: number;
  readonly count: number;
}

interface Owned {
  readonly comparer: LocalComparer;
  /** Sketches that were given, of the batch at hand. */
  readonly given: Map<number, Uint8Array>;
  places: ReadonlyMap<number, SketchInFile>;
}

/** Not an error of ours: the bytes are not there, or not those that were written. */
class Unreadable extends Error {
  constructor(readonly label: number) {
    super(`the sketch of label ${label} is not where it was said to be`);
  }
}

const { index, count } = workerData as ComparerShare;
const owned = new Map<number, Owned>();

function own({ owner, observationsMax, constants }: Extract<Told, { type: 'own' }>): void {
  const keeps = (label: number): boolean => label % count === index;
  const comparer = new LocalComparer({ constants, observationsMax, keeps });
  owned.set(owner, { comparer, given: new Map(), places: new Map() });
}

function begin(one: Owned): void {
  one.given.clear();
  const sketch = (label: number): Uint8Array => {
    const place = one.places.get(label);
    const bytes = one.given.get(label) ?? (place === undefined ? null : readPlace(place));
    if (bytes === null) throw new Unreadable(label);
    return bytes;
  };
  one.comparer.begin({ sketch, sketchInFile: () => null });
}

/** At once and not in turns: nothing else waits for this thread, and a sketch is most often in the memory of the system. */
function readPlace({ path, offset, bytes, crc }: SketchInFile): Uint8Array | null {
  const sketch = new Uint8Array(bytes);
  try {
    const file = openSync(path, 'r');
    try {
      let at = 0;
      for (let read = -1; at < bytes && read !== 0; at += read)
        read = readSync(file, sketch, at, bytes - at, offset + at);
      return at === bytes && crc32(sketch) === crc ? sketch : null;
    } finally {
      closeSync(file);
    }
  } catch {
    return null;
  }
}

/** Few of those that arrive have an edge that is told here: only those are decoded as a whole, when they are asked for. */
function take({ comparer, given }: Owned, label: number, sketch: Uint8Array): void {
  given.set(label, sketch);
  comparer.arrived(label, () => readForComparing(label, sketch));
}

async function answer({ type, owner, labels, places }: Asked): Promise<Answer> {
  const one = of(owner);
  one.places = unpackPlaces(places);
  const ends = Array.from(
    { length: labels.length / 2 },
    (_, at) => [labels[2 * at]!, labels[2 * at + 1]!] as const,
  );
  if (type === 'compare') {
    const figures = await one.comparer.compare(ends.map(([a, b]) => ({ a, b })));
    return { type: 'compared', columns: packFigures(figures) };
  }
  const findings = await one.comparer.relate(ends.map(([parent, child]) => ({ parent, child })));
  return { type: 'related', findings };
}

async function handle(request: Request): Promise<void> {
  switch (request.type) {
    case 'own':
      return own(request);
    case 'begin':
      return begin(of(request.owner));
    case 'arrived':
      return take(of(request.owner), request.label, request.sketch);
    case 'disown':
      owned.delete(request.owner);
      return;
    case 'compare':
    case 'relate':
      return reply({ ...(await answered(request)), id: request.id });
  }
}

async function answered(asked: Asked): Promise<Answer> {
  try {
    return await answer(asked);
  } catch (error) {
    if (error instanceof Unreadable) return { type: 'unreadable', label: error.label };
    return {
      type: 'failed',
      reason: error instanceof Error ? (error.stack ?? error.message) : String(error),
    };
  }
}

function of(owner: number): Owned {
  const one = owned.get(owner);
  if (one === undefined) throw new Error(`owner ${owner} is not known here`);
  return one;
}

function reply(response: Response): void {
  const moved = response.type === 'compared' ? [response.columns.buffer as ArrayBuffer] : [];
  parentPort!.postMessage(response, moved);
}

// One after another: what is asked rests on what was told before.
let handled: Promise<void> = Promise.resolve();
parentPort!.on('message', (request: Request) => {
  handled = handled.then(() => handle(request));
});
