import {
  BLOB,
  blobValue,
  DOUBLE,
  DuckDBDataChunk,
  LIST,
  listValue,
  VARCHAR,
  type DuckDBConnection,
  type DuckDBInstance,
  type DuckDBPreparedStatement,
  type DuckDBType,
  type DuckDBValue,
} from '@duckdb/node-api';

import { fromDuckDb } from './duckdb-error';

/** Numbers go in as DOUBLE and come out as JavaScript numbers: statements cast, so that no bigint gets about. */
export type Parameter = string | number | boolean | null | Uint8Array | readonly string[] | readonly number[];

/** One column of rows to append. Numbers in typed arrays are copied whole. */
export interface Column {
  readonly type: DuckDBType;
  readonly values: NumericArray | readonly DuckDBValue[];
}

type NumericArray = Int32Array | Uint32Array | Float32Array | Float64Array | BigInt64Array;

/** Rows that a vector of DuckDB holds. */
const CHUNK_ROWS = 2_048;

/** One connection. Callers take turns: statements started together would interleave. */
export class Connection {
  #closed = false;

  private constructor(
    private readonly connection: DuckDBConnection,
    private readonly file: string,
  ) {}

  static async open(instance: DuckDBInstance, file: string): Promise<Connection> {
    return new Connection(await instance.connect(), file);
  }

  /** Runs statements without parameters, such as a migration. */
  async script(sql: string): Promise<void> {
    await this.#translated(() => this.connection.run(sql));
  }

  /**
   * Commits what `work` did, or rolls it back and rethrows. `work` must let every error through: DuckDB answers the
   * COMMIT of a failed transaction with a silent rollback.
   */
  async transaction<T>(work: () => Promise<T>): Promise<T> {
    await this.script('BEGIN');
    try {
      const result = await work();
      await this.script('COMMIT');
      return result;
    } catch (error) {
      // After a failed COMMIT there is nothing left to roll back, and the first error is the one to tell.
      await this.script('ROLLBACK').catch(() => undefined);
      throw error;
    }
  }

  /** Runs one statement and returns how many rows it changed. */
  async run(sql: string, parameters: readonly Parameter[] = []): Promise<number> {
    const result = await this.#translated(async () => (await this.#bound(sql, parameters)).run());
    return result.rowsChanged;
  }

  /** The rows of a query: few, since they are converted one value at a time. `T` must be what the query selects. */
  async rows<T>(sql: string, parameters: readonly Parameter[] = []): Promise<T[]> {
    return this.#translated(async () => {
      const result = await (await this.#bound(sql, parameters)).run();
      return (await result.getRowObjectsJS()) as T[];
    });
  }

  /** The rows of a query as vectors of at most 2,048, read as they are asked for. */
  async *chunks(sql: string, parameters: readonly Parameter[] = []): AsyncGenerator<DuckDBDataChunk> {
    const result = await this.#translated(async () => (await this.#bound(sql, parameters)).stream());
    for (;;) {
      const chunk = await this.#translated(() => result.fetchChunk());
      if (chunk === null || chunk.rowCount === 0) return;
      yield chunk;
    }
  }

  /** Appends rows by columns, all of one length, in the order of the table. */
  async append(table: string, columns: readonly Column[]): Promise<void> {
    const rows = columns[0]?.values.length ?? 0;
    if (rows === 0) return;
    await this.#translated(async () => {
      const appender = await this.connection.createAppender(table);
      const types = columns.map(({ type }) => type);
      for (let first = 0; first < rows; first += CHUNK_ROWS) {
        const count = Math.min(CHUNK_ROWS, rows - first);
        const chunk = DuckDBDataChunk.create(types, count);
        columns.forEach((column, at) => fillColumn(chunk, at, column, first, count));
        appender.appendDataChunk(chunk);
      }
      appender.closeSync();
    });
  }

  close(): void {
    if (this.#closed) return;
    this.#closed = true;
    this.connection.closeSync();
  }

  /**
   * Prepared anew each time: DuckDB plans with the statistics of the moment, so a statement with a literal that was prepared
   * on an empty table (`WHERE state = 'live'`) has "nothing" for a plan, and keeps it when rows have come.
   */
  async #bound(sql: string, parameters: readonly Parameter[]): Promise<DuckDBPreparedStatement> {
    const statement = await this.connection.prepare(sql);
    parameters.forEach((parameter, at) => bind(statement, at + 1, parameter));
    return statement;
  }

  async #translated<T>(work: () => Promise<T>): Promise<T> {
    try {
      return await work();
    } catch (error) {
      throw fromDuckDb(error, this.file);
    }
  }
}

function bind(statement: DuckDBPreparedStatement, at: number, parameter: Parameter): void {
  if (parameter === null) statement.bindNull(at);
  else if (typeof parameter === 'number') statement.bindDouble(at, parameter);
  else if (typeof parameter === 'string') statement.bindVarchar(at, parameter);
  else if (typeof parameter === 'boolean') statement.bindBoolean(at, parameter);
  else if (!isList(parameter)) statement.bindValue(at, blobValue(parameter), BLOB);
  else {
    const type = LIST(typeof parameter[0] === 'string' ? VARCHAR : DOUBLE);
    statement.bindList(at, listValue([...parameter]), type);
  }
}

function isList(parameter: Parameter): parameter is readonly string[] | readonly number[] {
  return Array.isArray(parameter);
}

function fillColumn(chunk: DuckDBDataChunk, at: number, column: Column, first: number, count: number): void {
  const { values } = column;
  if (!ArrayBuffer.isView(values)) {
    chunk.setColumnValues(at, values.slice(first, first + count));
    return;
  }
  const vector = chunk.getColumnVector(at) as unknown as { items: NumericArray; flush(): void };
  // The vector's array is of the same kind as the column's: the caller has chosen both by the type.
  (vector.items as Float64Array).set(values.subarray(first, first + count) as Float64Array);
  // Without this, garbage is written and nobody says so.
  vector.flush();
}
