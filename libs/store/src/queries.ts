import type { DuckDBDataChunk } from '@duckdb/node-api';

import type { Connection } from './connection';
import type {
  CandidatePair,
  Change,
  Kinship,
  LatestChange,
  LoadedModel,
  ModelState,
  ParentRow,
  PlaceRow,
  PendingMessage,
  Rejection,
  Repository,
  StoredModel,
} from './rows';

/** Candidate pairs by columns: a boot reads millions of them. */
export interface PairColumns {
  readonly count: number;
  readonly a: Int32Array;
  readonly b: Int32Array;
  readonly proximity: Float32Array;
  readonly distance: Float64Array;
  readonly squaredDistance: Float64Array;
  readonly correlation: Float64Array;
  readonly growth: Float64Array;
  readonly slope: Float64Array;
  readonly embeddingGrowth: Float64Array;
  readonly otherLogOdds: Float64Array;
  readonly logOdds: Float64Array;
  readonly kinship: readonly Kinship[];
  readonly variant: readonly boolean[];
}

/** One row of pair columns. */
export function pairAt(columns: PairColumns, row: number): CandidatePair {
  return {
    a: columns.a[row]!,
    b: columns.b[row]!,
    proximity: columns.proximity[row]!,
    distance: columns.distance[row]!,
    squaredDistance: columns.squaredDistance[row]!,
    correlation: columns.correlation[row]!,
    growth: columns.growth[row]!,
    slope: columns.slope[row]!,
    embeddingGrowth: columns.embeddingGrowth[row]!,
    otherLogOdds: columns.otherLogOdds[row]!,
    logOdds: columns.logOdds[row]!,
    kinship: columns.kinship[row]!,
    variant: columns.variant[row]!,
  };
}

const MODEL = `label, partition, hub, repo, sha, architecture, state, epoch_ms(created_at)::DOUBLE AS "createdAt",
  epoch_ms(published_at)::DOUBLE AS "publishedAt", epoch_ms(known_at)::DOUBLE AS "knownAt",
  content_hash AS "contentHash", coordinates, claim::VARCHAR AS claim, bytes_read::DOUBLE AS "bytesRead",
  bytes_published::DOUBLE AS "bytesPublished"`;

const CHANGE = `partition, seq::DOUBLE AS seq, model, revision, kind, parent_before AS "parentBefore",
  parent_after AS "parentAfter", relation, verdict, confidence, evidence::VARCHAR AS evidence,
  runners_up::VARCHAR AS "runnersUp", architecture, cause, epoch_ms(valid_from)::DOUBLE AS "validFrom",
  epoch_ms(known_at)::DOUBLE AS "knownAt"`;

/** The newest revision of a repository. */
export async function headOf(connection: Connection, hub: string, repo: string): Promise<StoredModel | null> {
  const [head] = await connection.rows<{ label: number }>(
    'SELECT label FROM repositories WHERE hub = $1 AND repo = $2 AND label IS NOT NULL',
    [hub, repo],
  );
  return head === undefined ? null : modelOf(connection, head.label);
}

export async function modelOf(connection: Connection, label: number): Promise<StoredModel | null> {
  const [row] = await connection.rows<StoredModel & { claim: string | null }>(
    `SELECT ${MODEL} FROM models WHERE label = $1::INTEGER`,
    [label],
  );
  return row === undefined ? null : { ...row, claim: row.claim === null ? null : parsed(row.claim) };
}

export async function* loadModels(
  connection: Connection,
  states: readonly ModelState[],
  partition: number | null,
): AsyncGenerator<LoadedModel[]> {
  const chunks = connection.chunks(
    `SELECT label, partition, hub, repo, sha, architecture, state, epoch_ms(created_at)::DOUBLE, content_hash,
       coordinates, fingerprint
     FROM models WHERE state IN (SELECT unnest($1::VARCHAR[])) AND ($2::INTEGER IS NULL OR partition = $2::INTEGER)`,
    [states, partition],
  );
  for await (const chunk of chunks) {
    const [labels, partitions, hubs, repos, shas, architectures, found, created, hashes, coordinates] =
      Array.from({ length: 10 }, (_, at) => chunk.getColumnValues(at)) as [
        number[],
        number[],
        string[],
        string[],
        string[],
        string[],
        ModelState[],
        number[],
        string[],
        (string | null)[],
      ];
    yield labels.map((label, row) => ({
      label,
      partition: partitions[row]!,
      hub: hubs[row]!,
      repo: repos[row]!,
      sha: shas[row]!,
      architecture: architectures[row]!,
      state: found[row]!,
      createdAt: created[row]!,
      contentHash: hashes[row]!,
      coordinates: coordinates[row]!,
      fingerprint: floatsOf(chunk, 10, row),
    }));
  }
}

export async function* loadRepositories(connection: Connection): AsyncGenerator<Repository[]> {
  const chunks = connection.chunks('SELECT hub, repo, label, arrival, departure FROM repositories');
  for await (const chunk of chunks) {
    yield chunk.getRows().map(([hub, repo, label, arrival, departure]) => ({
      hub: hub as string,
      repo: repo as string,
      label: label as number | null,
      arrival: arrival as string | null,
      departure: departure as string | null,
    }));
  }
}

export async function* loadPairs(connection: Connection): AsyncGenerator<PairColumns> {
  const chunks = connection.chunks(
    `SELECT a, b, proximity, distance, squared_distance, correlation, growth, slope, embedding_growth,
       other_log_odds, log_odds, kinship, variant FROM candidates ANTI JOIN candidates_gone USING (a, b)`,
  );
  for await (const chunk of chunks) {
    const doubles = (at: number): Float64Array => items<Float64Array>(chunk, at);
    yield {
      count: chunk.rowCount,
      a: items<Int32Array>(chunk, 0),
      b: items<Int32Array>(chunk, 1),
      proximity: items<Float32Array>(chunk, 2),
      distance: doubles(3),
      squaredDistance: doubles(4),
      correlation: doubles(5),
      growth: doubles(6),
      slope: doubles(7),
      embeddingGrowth: doubles(8),
      otherLogOdds: doubles(9),
      logOdds: doubles(10),
      kinship: chunk.getColumnValues(11) as Kinship[],
      variant: chunk.getColumnValues(12) as boolean[],
    };
  }
}

export async function* loadParents(connection: Connection): AsyncGenerator<ParentRow[]> {
  const chunks = connection.chunks(
    `SELECT label, parent, relation, verdict, confidence, evidence::VARCHAR, runners_up::VARCHAR, seq::DOUBLE
     FROM parents`,
  );
  for await (const chunk of chunks) {
    yield chunk.getRows().map(([label, parent, relation, verdict, confidence, evidence, runnersUp, seq]) => ({
      label: label as number,
      parent: parent as number | null,
      relation: relation as string | null,
      verdict: verdict as ParentRow['verdict'],
      confidence: confidence as number,
      evidence: parsed(evidence as string) as unknown[],
      runnersUp: parsed(runnersUp as string) as unknown[],
      seq: seq as number,
    }));
  }
}

/** {@link loadParents} without the reasons, which are most of it. */
export async function* loadPlaces(connection: Connection): AsyncGenerator<PlaceRow[]> {
  const chunks = connection.chunks(
    'SELECT label, parent, relation, verdict, confidence, seq::DOUBLE FROM parents',
  );
  for await (const chunk of chunks) {
    yield chunk.getRows().map(([label, parent, relation, verdict, confidence, seq]) => ({
      label: label as number,
      parent: parent as number | null,
      relation: relation as string | null,
      verdict: verdict as ParentRow['verdict'],
      confidence: confidence as number,
      seq: seq as number,
    }));
  }
}

/** Of every model the last change of a partition. */
export async function* latestChanges(
  connection: Connection,
  partition: number,
): AsyncGenerator<LatestChange[]> {
  const chunks = connection.chunks(
    `SELECT seq::DOUBLE, model, revision, kind, parent_after, relation, verdict, confidence, architecture FROM changes
     WHERE partition = $1::INTEGER QUALIFY row_number() OVER (PARTITION BY model ORDER BY seq DESC) = 1`,
    [partition],
  );
  for await (const chunk of chunks) {
    const rows = chunk.getRows() as unknown as LatestChangeRow[];
    yield rows.map(
      ([seq, model, revision, kind, parentAfter, relation, verdict, confidence, architecture]) => ({
        ...{ seq, model, revision, kind, parentAfter, relation, verdict, confidence, architecture },
      }),
    );
  }
}

type LatestChangeRow = [
  seq: number,
  model: string,
  revision: string,
  kind: Change['kind'],
  parentAfter: string | null,
  relation: string | null,
  verdict: Change['verdict'],
  confidence: number,
  architecture: string,
];

/** Changes of a partition after a seq, in order. */
export async function changesAfter(
  connection: Connection,
  partition: number,
  after: number,
  limit: number,
): Promise<Change[]> {
  const rows = await connection.rows<ChangeRow>(
    `SELECT ${CHANGE} FROM changes WHERE partition = $1::INTEGER AND seq > $2::BIGINT
     ORDER BY seq LIMIT $3::BIGINT`,
    [partition, after, limit],
  );
  return rows.map(changeOf);
}

/**
 * What was known at `knownAt` about a model's parent at `validAt`: of the changes that we knew then and that hold
 * from then or earlier, the one that holds from latest on; of those, the one that we learned last.
 */
export async function changeAsOf(
  connection: Connection,
  model: string,
  validAt: number,
  knownAt: number,
): Promise<Change | null> {
  const [row] = await connection.rows<ChangeRow>(
    `SELECT ${CHANGE} FROM changes
     WHERE model = $1 AND valid_from <= make_timestamp_ms($2::BIGINT) AND known_at <= make_timestamp_ms($3::BIGINT)
     ORDER BY valid_from DESC, known_at DESC, seq DESC LIMIT 1`,
    [model, validAt, knownAt],
  );
  return row === undefined ? null : changeOf(row);
}

export async function pendingMessages(connection: Connection, limit: number): Promise<PendingMessage[]> {
  return connection.rows<PendingMessage>(
    'SELECT seq::DOUBLE AS seq, topic, partition, key, payload FROM outbox ORDER BY seq LIMIT $1::BIGINT',
    [limit],
  );
}

/** The latest rejections first. */
export async function latestRejections(connection: Connection, limit: number): Promise<Rejection[]> {
  return connection.rows<Rejection>(
    `SELECT event, repo, sha, service, reason, detail, epoch_ms(rejected_at)::DOUBLE AS "at" FROM rejects
     ORDER BY rejected_at DESC, event LIMIT $1::BIGINT`,
    [limit],
  );
}

type ChangeRow = Change & { readonly evidence: string; readonly runnersUp: string };

function changeOf(row: ChangeRow): Change {
  return {
    ...row,
    evidence: parsed(row.evidence) as unknown[],
    runnersUp: parsed(row.runnersUp) as unknown[],
  };
}

const parsed = (json: string): unknown => JSON.parse(json);

/** The numbers of a column without nulls. */
function items<T extends Int32Array | Float32Array | Float64Array>(chunk: DuckDBDataChunk, at: number): T {
  const { items: all } = chunk.getColumnVector(at) as unknown as { items: T };
  return all.slice(0, chunk.rowCount) as T;
}

/** A blob as float32: DuckDB's copies are not always aligned. */
function floatsOf(chunk: DuckDBDataChunk, at: number, row: number): Float32Array {
  const vector = chunk.getColumnVector(at) as unknown as { getItemBytes(row: number): Uint8Array };
  const bytes = vector.getItemBytes(row);
  return new Float32Array(bytes.slice().buffer);
}
