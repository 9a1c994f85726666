import { realpathSync } from 'node:fs';
import { mkdir } from 'node:fs/promises';
import { basename, join } from 'node:path';

import { DuckDBInstance } from '@duckdb/node-api';

import { Connection } from './connection';
import { fromDuckDb } from './duckdb-error';
import { Mutex } from './mutex';
import { StoreError } from './store-error';

export interface DatabaseOptions {
  readonly folder: string;
  /** Memory that DuckDB may take. Default 1 GiB. */
  readonly memoryMaxBytes?: number;
  /** Threads of DuckDB. Default 1: with more, every statement of a small commit waits for the others to find nothing to do. */
  readonly threadsMax?: number;
  /** The write-ahead log is folded into the file when it is this large. Default 64 MiB. */
  readonly walMaxBytes?: number;
  /** Connections that read while another writes. Default 2. */
  readonly readersMax?: number;
  /** Work that may wait for a connection. Default 1,024. */
  readonly waitingMax?: number;
}

const FILE = 'stemma.duckdb';

/** DuckDB's file lock does not keep out a second instance of the same process, which would be blind to the first. */
const openFiles = new Set<string>();

interface Reader {
  readonly connection: Connection;
  readonly turn: Mutex;
}

/** One DuckDB file: one instance, one connection that writes, a few that read snapshots meanwhile. */
export class Database {
  readonly #writing: Mutex;
  readonly #streaming = new Set<Connection>();
  #closed = false;

  private constructor(
    readonly file: string,
    private readonly instance: DuckDBInstance,
    private readonly writer: Connection,
    private readonly readers: readonly Reader[],
    waitingMax: number,
  ) {
    this.#writing = new Mutex(waitingMax);
  }

  /** @throws StoreError 'in-use', 'damaged' or 'unusable', which all name the file. */
  static async open(options: DatabaseOptions): Promise<Database> {
    const { folder, readersMax = 2, waitingMax = 1_024 } = options;
    await mkdir(folder, { recursive: true });
    const file = join(realpathSync(folder), FILE);
    if (openFiles.has(file)) throw new StoreError('in-use', `this process has ${file} open already`);
    openFiles.add(file);
    try {
      const instance = await DuckDBInstance.create(file, settings(options));
      const writer = await Connection.open(instance, file);
      const readers: Reader[] = [];
      for (let i = 0; i < readersMax; i++) {
        readers.push({ connection: await Connection.open(instance, file), turn: new Mutex(waitingMax) });
      }
      return new Database(file, instance, writer, readers, waitingMax);
    } catch (error) {
      openFiles.delete(file);
      const known = fromDuckDb(error, file);
      if (known instanceof StoreError) throw known;
      throw new StoreError('unusable', `cannot open ${file}: ${(error as Error).message}`, { cause: error });
    }
  }

  /** The connection that writes, for one piece of work at a time. */
  async write<T>(work: (connection: Connection) => Promise<T>): Promise<T> {
    this.#assertOpen();
    return this.#writing.run(() => work(this.writer));
  }

  /** A connection that sees what has been committed; work on it must be short. */
  async read<T>(work: (connection: Connection) => Promise<T>): Promise<T> {
    this.#assertOpen();
    const reader = this.readers.reduce((idlest, each) => (each.turn.load < idlest.turn.load ? each : idlest));
    return reader.turn.run(() => work(reader.connection));
  }

  /** A query of many rows, on a connection of its own. */
  async *stream<T>(work: (connection: Connection) => AsyncIterable<T>): AsyncGenerator<T> {
    this.#assertOpen();
    const connection = await Connection.open(this.instance, this.file);
    this.#streaming.add(connection);
    try {
      yield* work(connection);
    } finally {
      this.#streaming.delete(connection);
      connection.close();
    }
  }

  /** Waits for the work under way, then closes the connections and only then the file: else its lock would stay. */
  async close(): Promise<void> {
    if (this.#closed) return;
    this.#closed = true;
    await this.#writing.idle();
    for (const { turn, connection } of this.readers) {
      await turn.idle();
      connection.close();
    }
    for (const connection of this.#streaming) connection.close();
    this.writer.close();
    this.instance.closeSync();
    openFiles.delete(this.file);
  }

  #assertOpen(): void {
    if (this.#closed) throw new StoreError('closed', `${basename(this.file)} is closed`);
  }
}

/** Extensions are never fetched, and no statement reaches another file. */
function settings(options: DatabaseOptions): Record<string, string> {
  const { memoryMaxBytes = 2 ** 30, threadsMax = 1, walMaxBytes = 2 ** 26 } = options;
  return {
    memory_limit: `${Math.floor(memoryMaxBytes / 2 ** 20)}MiB`,
    threads: String(threadsMax),
    checkpoint_threshold: `${Math.ceil(walMaxBytes / 2 ** 10)}KiB`,
    autoinstall_known_extensions: 'false',
    autoload_known_extensions: 'false',
    enable_external_access: 'false',
  };
}
