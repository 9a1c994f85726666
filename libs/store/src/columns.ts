import {
  BIGINT,
  BLOB,
  blobValue,
  BOOLEAN,
  DOUBLE,
  FLOAT,
  INTEGER,
  TIMESTAMP,
  UINTEGER,
  VARCHAR,
} from '@duckdb/node-api';

import type { ModelRow, PairKey } from './changeset';
import type { Column } from './connection';
import type { CandidatePair, Change, OutboxMessage, ParentRow, Rejection, Repository } from './rows';
import type { SketchPlace } from './sketch-segments';

// The columns of the tables, each in the order of migrations/*.sql: an appender knows no names.

export function modelColumns(
  models: readonly ModelRow[],
  places: ReadonlyMap<number, SketchPlace>,
  knownAt: number,
): Column[] {
  const place = ({ label }: ModelRow): SketchPlace | null => places.get(label) ?? null;
  return [
    { type: INTEGER, values: Int32Array.from(models, ({ label }) => label) },
    { type: INTEGER, values: Int32Array.from(models, ({ partition }) => partition) },
    { type: VARCHAR, values: models.map(({ hub }) => hub) },
    { type: VARCHAR, values: models.map(({ repo }) => repo) },
    { type: VARCHAR, values: models.map(({ sha }) => sha) },
    { type: VARCHAR, values: models.map(({ architecture }) => architecture) },
    { type: VARCHAR, values: models.map(({ state }) => state) },
    { type: TIMESTAMP, values: microseconds(models.map(({ createdAt }) => createdAt)) },
    { type: TIMESTAMP, values: microseconds(models.map(({ publishedAt }) => publishedAt)) },
    { type: TIMESTAMP, values: microseconds(models.map(() => knownAt)) },
    { type: VARCHAR, values: models.map(({ contentHash }) => contentHash) },
    { type: BLOB, values: models.map(({ fingerprint }) => blobValue(bytesOf(fingerprint))) },
    { type: INTEGER, values: models.map((model) => place(model)?.segment ?? null) },
    { type: BIGINT, values: models.map((model) => nullableBigint(place(model)?.offset)) },
    { type: INTEGER, values: models.map((model) => place(model)?.bytes ?? null) },
    { type: UINTEGER, values: models.map((model) => place(model)?.crc ?? null) },
    { type: VARCHAR, values: models.map(({ claim }) => (claim === null ? null : json(claim))) },
    { type: BIGINT, values: bigints(models.map(({ bytesRead }) => bytesRead)) },
    { type: BIGINT, values: bigints(models.map(({ bytesPublished }) => bytesPublished)) },
    { type: VARCHAR, values: models.map(({ coordinates }) => coordinates) },
  ];
}

export function repositoryColumns(repositories: readonly Repository[]): Column[] {
  return [
    { type: VARCHAR, values: repositories.map(({ hub }) => hub) },
    { type: VARCHAR, values: repositories.map(({ repo }) => repo) },
    { type: INTEGER, values: repositories.map(({ label }) => label) },
    { type: VARCHAR, values: repositories.map(({ arrival }) => arrival) },
    { type: VARCHAR, values: repositories.map(({ departure }) => departure) },
  ];
}

export function pairColumns(pairs: readonly CandidatePair[]): Column[] {
  const doubles = (figure: (pair: CandidatePair) => number): Column => ({
    type: DOUBLE,
    values: Float64Array.from(pairs, figure),
  });
  return [
    { type: INTEGER, values: Int32Array.from(pairs, ({ a }) => a) },
    { type: INTEGER, values: Int32Array.from(pairs, ({ b }) => b) },
    { type: FLOAT, values: Float32Array.from(pairs, ({ proximity }) => proximity) },
    doubles(({ distance }) => distance),
    doubles(({ squaredDistance }) => squaredDistance),
    doubles(({ correlation }) => correlation),
    doubles(({ growth }) => growth),
    doubles(({ slope }) => slope),
    doubles(({ embeddingGrowth }) => embeddingGrowth),
    doubles(({ otherLogOdds }) => otherLogOdds),
    doubles(({ logOdds }) => logOdds),
    { type: VARCHAR, values: pairs.map(({ kinship }) => kinship) },
    { type: BOOLEAN, values: pairs.map(({ variant }) => variant) },
  ];
}

export function pairKeyColumns(pairs: readonly PairKey[]): Column[] {
  return [
    { type: INTEGER, values: Int32Array.from(pairs, ({ a }) => a) },
    { type: INTEGER, values: Int32Array.from(pairs, ({ b }) => b) },
  ];
}

export function parentColumns(rows: readonly ParentRow[]): Column[] {
  return [
    { type: INTEGER, values: Int32Array.from(rows, ({ label }) => label) },
    { type: INTEGER, values: rows.map(({ parent }) => parent) },
    { type: VARCHAR, values: rows.map(({ relation }) => relation) },
    { type: VARCHAR, values: rows.map(({ verdict }) => verdict) },
    { type: DOUBLE, values: Float64Array.from(rows, ({ confidence }) => confidence) },
    { type: VARCHAR, values: rows.map(({ evidence }) => json(evidence)) },
    { type: VARCHAR, values: rows.map(({ runnersUp }) => json(runnersUp)) },
    { type: BIGINT, values: bigints(rows.map(({ seq }) => seq)) },
  ];
}

export function changeColumns(changes: readonly Change[]): Column[] {
  return [
    { type: INTEGER, values: Int32Array.from(changes, ({ partition }) => partition) },
    { type: BIGINT, values: bigints(changes.map(({ seq }) => seq)) },
    { type: VARCHAR, values: changes.map(({ model }) => model) },
    { type: VARCHAR, values: changes.map(({ revision }) => revision) },
    { type: VARCHAR, values: changes.map(({ kind }) => kind) },
    { type: VARCHAR, values: changes.map(({ parentBefore }) => parentBefore) },
    { type: VARCHAR, values: changes.map(({ parentAfter }) => parentAfter) },
    { type: VARCHAR, values: changes.map(({ relation }) => relation) },
    { type: VARCHAR, values: changes.map(({ verdict }) => verdict) },
    { type: DOUBLE, values: Float64Array.from(changes, ({ confidence }) => confidence) },
    { type: VARCHAR, values: changes.map(({ evidence }) => json(evidence)) },
    { type: VARCHAR, values: changes.map(({ runnersUp }) => json(runnersUp)) },
    { type: VARCHAR, values: changes.map(({ architecture }) => architecture) },
    { type: VARCHAR, values: changes.map(({ cause }) => cause) },
    { type: TIMESTAMP, values: microseconds(changes.map(({ validFrom }) => validFrom)) },
    { type: TIMESTAMP, values: microseconds(changes.map(({ knownAt }) => knownAt)) },
  ];
}

/** Messages numbered from `first`. */
export function outboxColumns(messages: readonly OutboxMessage[], first: number): Column[] {
  return [
    { type: BIGINT, values: bigints(messages.map((_, at) => first + at)) },
    { type: VARCHAR, values: messages.map(({ topic }) => topic) },
    { type: INTEGER, values: Int32Array.from(messages, ({ partition }) => partition) },
    { type: VARCHAR, values: messages.map(({ key }) => key) },
    { type: VARCHAR, values: messages.map(({ payload }) => payload) },
  ];
}

export function rejectColumns(rejections: readonly Rejection[]): Column[] {
  return [
    ...(['event', 'repo', 'sha', 'service', 'reason', 'detail'] as const).map((field) => ({
      type: VARCHAR,
      values: rejections.map((rejection) => rejection[field]),
    })),
    { type: TIMESTAMP, values: microseconds(rejections.map(({ at }) => at)) },
  ];
}

const json = (value: unknown): string => JSON.stringify(value);

const bigints = (values: readonly number[]): BigInt64Array => BigInt64Array.from(values, BigInt);

const nullableBigint = (value: number | undefined): bigint | null =>
  value === undefined ? null : BigInt(value);

/** Milliseconds as DuckDB keeps times. */
const microseconds = (values: readonly number[]): BigInt64Array =>
  BigInt64Array.from(values, (value) => BigInt(value) * 1_000n);

const bytesOf = ({ buffer, byteOffset, byteLength }: Float32Array): Uint8Array =>
  new Uint8Array(buffer, byteOffset, byteLength);
