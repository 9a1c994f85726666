import assert from 'node:assert/strict';

import {
  assertChange,
  keepsSketch,
  type Advance,
  type Changeset,
  type ModelRow,
  type Quiet,
} from './changeset';
import {
  changeColumns,
  modelColumns,
  outboxColumns,
  pairColumns,
  parentColumns,
  rejectColumns,
} from './columns';
import type { Connection } from './connection';
import type { Claim, ModelState, ParentRow, RepositoryEvents } from './rows';
import type { SketchPlace } from './sketch-segments';
import { StoreError } from './store-error';

/** Writes a changeset, inside a transaction. `places` are those of its models' sketches, in their order. */
export async function applyChangeset(
  connection: Connection,
  changeset: Changeset,
  places: ReadonlyMap<number, SketchPlace>,
  outboxFirst: number,
): Promise<void> {
  await setStates(connection, changeset.states);
  await putModels(connection, changeset, places);
  await putRepositories(connection, changeset);
  await replacePairs(connection, changeset);
  await replaceParents(connection, changeset.parents);
  await connection.append('changes', changeColumns(changeset.changes));
  await connection.append('outbox', outboxColumns(changeset.outbox, outboxFirst));
  await connection.append('rejects', rejectColumns(changeset.rejections));
  await advancePositions(connection, changeset);
  for (const quiet of changeset.quiets) await setQuiet(connection, quiet);
}

async function setQuiet(connection: Connection, { topic, partition, until }: Quiet): Promise<void> {
  const set = await connection.run(
    'UPDATE positions SET quiet_until = $3::BIGINT WHERE topic = $1 AND partition = $2::INTEGER',
    [topic, partition, until],
  );
  assert.equal(set, 1, `${topic}/${partition} was never claimed`);
}

/** A claim that is no longer in force undoes the transaction; where its own position moves, that is checked on the way. */
async function advancePositions(connection: Connection, { claim, advances }: Changeset): Promise<void> {
  for (const advance of advances) await advancePosition(connection, advance, claim);
  if (claim === null || advances.some((advance) => isOf(claim, advance))) return;
  checkClaim(claim, await positionOf(connection, claim));
}

interface Position {
  readonly generation: number;
  readonly next: number | null;
}

const isOf = (claim: Claim, { topic, partition }: Advance): boolean =>
  claim.topic === topic && claim.partition === partition;

async function positionOf(
  connection: Connection,
  { topic, partition }: Pick<Claim, 'topic' | 'partition'>,
): Promise<Position | undefined> {
  const [stored] = await connection.rows<Position>(
    `SELECT generation::DOUBLE AS generation, next::DOUBLE AS next FROM positions
     WHERE topic = $1 AND partition = $2::INTEGER`,
    [topic, partition],
  );
  return stored;
}

function checkClaim({ topic, partition, generation }: Claim, stored: Position | undefined): void {
  if (stored?.generation === generation) return;
  const now = stored?.generation ?? 'none';
  throw new StoreError(
    'fenced',
    `generation ${generation} of ${topic}/${partition} is over: it is now ${now}`,
  );
}

async function advancePosition(connection: Connection, advance: Advance, claim: Claim | null): Promise<void> {
  const { topic, partition, expected, next } = advance;
  const claimed = claim !== null && isOf(claim, advance) ? claim : null;
  const moved = await connection.run(
    `UPDATE positions SET next = $4::BIGINT
     WHERE topic = $1 AND partition = $2::INTEGER AND next IS NOT DISTINCT FROM $3::BIGINT
       AND generation = coalesce($5::BIGINT, generation)`,
    [topic, partition, expected, next, claimed?.generation ?? null],
  );
  if (moved === 1) return;
  const stored = await positionOf(connection, advance);
  if (claimed !== null) checkClaim(claimed, stored);
  const actual = stored === undefined ? 'the partition was never claimed' : `it is ${stored.next}`;
  assert.fail(`expected position ${expected} of ${topic}/${partition} to move to ${next}: ${actual}`);
}

async function setStates(connection: Connection, states: ReadonlyMap<number, ModelState>): Promise<void> {
  if (states.size === 0) return;
  const known = await statesOf(connection, [...states.keys()]);
  for (const [label, state] of states) {
    const from = known.get(label);
    assert(from !== undefined, `model ${label} does not exist and cannot become ${state}`);
    // A model that went and came back within one transaction is where it was.
    if (from !== state) assertChange(label, from, state);
  }
  await connection.run(
    `UPDATE models SET state = change.state FROM
       (SELECT unnest($1::INTEGER[]) AS label, unnest($2::VARCHAR[]) AS state) AS change
     WHERE models.label = change.label`,
    [[...states.keys()], [...states.values()]],
  );
  const dropped = [...states].filter(([, state]) => !keepsSketch(state)).map(([label]) => label);
  await connection.run(
    `UPDATE models SET sketch_segment = NULL, sketch_offset = NULL, sketch_bytes = NULL, sketch_crc = NULL
     WHERE label IN (SELECT unnest($1::INTEGER[]))`,
    [dropped],
  );
}

async function statesOf(connection: Connection, labels: readonly number[]): Promise<Map<number, ModelState>> {
  if (labels.length === 0) return new Map();
  const rows = await connection.rows<{ label: number; state: ModelState }>(
    'SELECT label, state FROM models WHERE label IN (SELECT unnest($1::INTEGER[]))',
    [labels],
  );
  return new Map(rows.map(({ label, state }) => [label, state]));
}

async function putModels(
  connection: Connection,
  { models, knownAt }: Changeset,
  places: ReadonlyMap<number, SketchPlace>,
): Promise<void> {
  if (models.length === 0) return;
  await assertNoneLive(connection, models);
  await connection.append('models', modelColumns(models, places, knownAt));
}

/** Heads and newest events of repositories; what is not told of one stays as it is. */
async function putRepositories(connection: Connection, { models, events }: Changeset): Promise<void> {
  const rows = new Map<string, RepositoryRow>();
  for (const { hub, repo, label } of models) rows.set(`${hub}\n${repo}`, { hub, repo, label });
  for (const [key, event] of events) rows.set(key, { ...rows.get(key), ...event });
  if (rows.size === 0) return;
  const all = [...rows.values()];
  // A list parameter cannot hold null: -1 and an empty string stand for it.
  await connection.run(
    `INSERT INTO repositories (hub, repo, label, arrival, departure)
     SELECT hub, repo, nullif(label, -1), nullif(arrival, ''), nullif(departure, '') FROM
       (SELECT unnest($1::VARCHAR[]) AS hub, unnest($2::VARCHAR[]) AS repo, unnest($3::INTEGER[]) AS label,
         unnest($4::VARCHAR[]) AS arrival, unnest($5::VARCHAR[]) AS departure)
     ON CONFLICT DO UPDATE SET label = coalesce(excluded.label, label),
       arrival = coalesce(excluded.arrival, arrival), departure = coalesce(excluded.departure, departure)`,
    [
      all.map(({ hub }) => hub),
      all.map(({ repo }) => repo),
      all.map(({ label }) => label ?? -1),
      all.map(({ arrival }) => arrival ?? ''),
      all.map(({ departure }) => departure ?? ''),
    ],
  );
}

interface RepositoryRow extends Partial<RepositoryEvents> {
  readonly hub: string;
  readonly repo: string;
  readonly label?: number;
}

/** Only a head can be live, so a new revision must find none that is. */
async function assertNoneLive(connection: Connection, models: readonly ModelRow[]): Promise<void> {
  const known = await connection.rows<{ hub: string; repo: string; label: number }>(
    `SELECT hub, repo, label FROM repositories
     WHERE repo IN (SELECT unnest($1::VARCHAR[])) AND label IS NOT NULL`,
    [models.map(({ repo }) => repo)],
  );
  const states = await statesOf(
    connection,
    known.map(({ label }) => label),
  );
  const live = known.filter(({ label }) => states.get(label) === 'live');
  const heads = new Map(live.map(({ hub, repo, label }) => [`${hub}\n${repo}`, label]));
  for (const model of models) {
    const key = `${model.hub}\n${model.repo}`;
    const label = heads.get(key);
    assert(
      label === undefined,
      `${model.repo} has a live revision already, label ${label}: supersede it first`,
    );
    if (model.state === 'live') heads.set(key, model.label);
  }
}

async function replacePairs(connection: Connection, { pairsPut, pairsRemoved }: Changeset): Promise<void> {
  const removed = [...pairsRemoved.values()];
  if (removed.length > 0) {
    await connection.run(
      `DELETE FROM candidates USING (SELECT unnest($1::INTEGER[]) AS a, unnest($2::INTEGER[]) AS b) AS gone
       WHERE candidates.a = gone.a AND candidates.b = gone.b`,
      [removed.map(({ a }) => a), removed.map(({ b }) => b)],
    );
  }
  await connection.append('candidates', pairColumns([...pairsPut.values()]));
}

async function replaceParents(
  connection: Connection,
  parents: ReadonlyMap<number, ParentRow | null>,
): Promise<void> {
  if (parents.size === 0) return;
  await connection.run('DELETE FROM parents WHERE label IN (SELECT unnest($1::INTEGER[]))', [
    [...parents.keys()],
  ]);
  await connection.append('parents', parentColumns([...parents.values()].filter((row) => row !== null)));
}
