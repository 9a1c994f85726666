import { mkdir, readdir, readFile } from 'node:fs/promises';
import { EventLogError, notNow } from '../event-log-error';
import { replaceFile } from './durable-file';

/** One group's positions, `topic/partition` → next position, in one file that is replaced as a whole. */
class GroupFile {
  #writing: Promise<void> | null = null;
  #next: Promise<void> | null = null;

  constructor(
    readonly folder: string,
    readonly name: string,
    readonly positions: Map<string, number>,
  ) {}

  /** Resolves when what the map holds now is durable. Calls that come during a write share the one after it. */
  save(): Promise<void> {
    if (this.#writing === null) {
      this.#writing = this.#write().finally(() => (this.#writing = null));
      return this.#writing;
    }
    const started = this.#writing.catch(() => undefined);
    this.#next ??= started.then(() => {
      this.#next = null;
      return this.save();
    });
    return this.#next;
  }

  async #write(): Promise<void> {
    const sorted = [...this.positions].sort(([a], [b]) => (a < b ? -1 : 1));
    const text = `${JSON.stringify(Object.fromEntries(sorted), null, 1)}\n`;
    try {
      await replaceFile(this.folder, this.name, text);
    } catch (error) {
      throw notNow(error, `the positions in ${this.folder}/${this.name} could not be written`);
    }
  }
}

/** The positions that the log keeps for groups (`start` answered `committed`). */
export class GroupPositions {
  readonly #groups = new Map<string, GroupFile>();

  private constructor(readonly folder: string) {}

  static async open(folder: string): Promise<GroupPositions> {
    await mkdir(folder, { recursive: true });
    const groups = new GroupPositions(folder);
    for (const name of await readdir(folder)) {
      if (!name.endsWith('.json')) continue;
      const path = `${folder}/${name}`;
      const positions = parsePositions(path, await readFile(path, 'utf8'));
      groups.#groups.set(name.slice(0, -'.json'.length), new GroupFile(folder, name, positions));
    }
    return groups;
  }

  committed(group: string, topic: string, partition: number): number | undefined {
    return this.#groups.get(group)?.positions.get(`${topic}/${partition}`);
  }

  /** Every position that is kept, with its group. */
  *all(): Generator<{ readonly group: string; readonly place: string; readonly position: number }> {
    for (const [group, { positions }] of this.#groups)
      for (const [place, position] of positions) yield { group, place, position };
  }

  /** Resolves when durable. */
  async commit(group: string, topic: string, partition: number, position: number): Promise<void> {
    const file = this.#groups.get(group) ?? new GroupFile(this.folder, `${group}.json`, new Map());
    this.#groups.set(group, file);
    file.positions.set(`${topic}/${partition}`, position);
    await file.save();
  }
}

function parsePositions(path: string, text: string): Map<string, number> {
  try {
    const entries = Object.entries(JSON.parse(text) as Record<string, unknown>);
    return new Map(
      entries.map(([place, position]) => {
        if (!Number.isSafeInteger(position) || (position as number) < 0)
          throw new Error(`${place} at ${String(position)}`);
        return [place, position as number];
      }),
    );
  } catch (error) {
    const damage = `${path} is damaged: ${(error as Error).message}`;
    const advice =
      'restore it from a backup, or delete it and start again: its group reads from the beginning';
    throw new EventLogError('corrupt', `${damage}; ${advice}`, { cause: error });
  }
}
