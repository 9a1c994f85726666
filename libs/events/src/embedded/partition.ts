import { type FileHandle, mkdir, readdir, stat, unlink } from 'node:fs/promises';
import { ADVICE_ON_DAMAGE, EventLogError } from '../event-log-error';
import type { Assignment, Bounds } from '../event-log';
import { syncFolder } from './durable-file';
import { createSegment, recoverSegment, type Repair, Segment } from './segment';

/**
 * The segments of one partition, oldest first; the last one is being written. Segments before it never change;
 * retention removes them from the front, compaction replaces one as a whole. `high` counts durable records
 * only: readers, who never look beyond it, see nothing that a crash could take back.
 */
export class Partition {
  readonly #waiting = new Set<() => void>();

  private constructor(
    readonly folder: string,
    readonly name: Assignment,
    /** Compaction may have taken records out, so gaps between positions are no damage. */
    readonly gaps: boolean,
    readonly segments: Segment[],
    public active: { segment: Segment; handle: FileHandle },
    public high: number,
    readonly repair: Repair | null,
  ) {}

  static async open(folder: string, name: Assignment, gaps: boolean): Promise<Partition> {
    await mkdir(folder, { recursive: true });
    const bases = await listBases(folder);
    const last = bases.at(-1);
    if (last === undefined) {
      const active = await createSegment(folder, 0);
      await syncFolder(folder);
      return new Partition(folder, name, gaps, [active.segment], active, 0, null);
    }
    const closed = await Promise.all(
      bases.slice(0, -1).map(async ({ path, base }) => new Segment(path, base, (await stat(path)).size)),
    );
    const { segment, handle, nextPosition, repair } = await recoverSegment(last.path, last.base);
    await syncFolder(folder);
    return new Partition(folder, name, gaps, [...closed, segment], { segment, handle }, nextPosition, repair);
  }

  get bounds(): Bounds {
    return { low: this.segments[0]?.base ?? this.high, high: this.high };
  }

  get closed(): readonly Segment[] {
    return this.segments.slice(0, -1);
  }

  /** The segment in which `position` stands or, in a gap, would stand. */
  segmentOf(position: number): Segment {
    const { low, high } = this.bounds;
    const segment = this.segments.findLast(({ base }) => base <= position);
    if (segment !== undefined && position <= high) return segment;
    const { topic, partition } = this.name;
    throw new EventLogError(
      'position-out-of-range',
      `position ${position} of ${topic}/${partition} is outside the log (${low} to ${high}): what it pointed at is gone; ${ADVICE_ON_DAMAGE}`,
    );
  }

  segmentAfter(segment: Segment): Segment | undefined {
    return this.segments.find(({ base }) => base > segment.base);
  }

  /** Called when records up to `high` (exclusive) have become durable. */
  advance(high: number): void {
    this.high = high;
    for (const wake of this.#waiting) wake();
  }

  /** Resolves when the record at `position` is there, or the signal aborts. */
  async reaches(position: number, signal: AbortSignal): Promise<void> {
    if (this.high > position || signal.aborted) return;
    await new Promise<void>((resolve) => {
      const wake = (): void => {
        this.#waiting.delete(wake);
        signal.removeEventListener('abort', wake);
        resolve();
      };
      this.#waiting.add(wake);
      signal.addEventListener('abort', wake);
    });
  }

  /** Closes the segment being written and begins the next. Where it fails nothing has changed. */
  async roll(): Promise<void> {
    const next = await createSegment(this.folder, this.high);
    try {
      await syncFolder(this.folder);
    } catch (error) {
      await next.handle.close();
      throw error;
    }
    const { handle } = this.active;
    this.active = next;
    this.segments.push(next.segment);
    await handle.close();
  }

  /**
   * Takes out a closed segment. The list goes first: a reader that finds the file gone looks at the list again.
   */
  async drop(segment: Segment): Promise<void> {
    this.segments.splice(this.segments.indexOf(segment), 1);
    await unlink(segment.path);
  }
}

async function listBases(folder: string): Promise<{ path: string; base: number }[]> {
  const found: { path: string; base: number }[] = [];
  for (const name of (await readdir(folder)).sort()) {
    const path = `${folder}/${name}`;
    // What a crash left of a compaction.
    if (name.endsWith('.tmp')) await unlink(path);
    const base = /^(\d{16})\.log$/.exec(name)?.[1];
    if (base !== undefined) found.push({ path, base: Number(base) });
  }
  return found;
}
