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
import type { Claim, ModelState, ParentRow } from './rows';
import type { SketchPlace } from './sketch-segments';
import { StoreError } from './store-error';

/** Writes a changeset, inside a transaction. `places` are those of its models' sketches, in their order. */
export async function applyChangeset(
  connection: Connection,
  changeset: Changeset,
  places: ReadonlyMap<number, SketchPlace>,
  outboxFirst: number,
): Promise<void> {
  if (changeset.claim !== null) await checkClaim(connection, changeset.claim);
  await setStates(connection, changeset.states);
  await putModels(connection, changeset, places);
  await putEvents(connection, changeset);
  await replacePairs(connection, changeset);
  await replaceParents(connection, changeset.parents);
  await connection.append('changes', changeColumns(changeset.changes));
  await connection.append('outbox', outboxColumns(changeset.outbox, outboxFirst));
  await connection.append('rejects', rejectColumns(changeset.rejections));
  for (const advance of changeset.advances) await advancePosition(connection, advance);
  for (const quiet of changeset.quiets) await setQuiet(connection, quiet);
}

async function setQuiet(connection: Connection, { topic, partition, until }: Quiet): Promise<void> {
  const set = await connection.run(
    'UPDATE positions SET quiet_until = $3::BIGINT WHERE topic = $1 AND partition = $2::INTEGER',
    [topic, partition, until],
  );
  assert.equal(set, 1, `${topic}/${partition} was never claimed`);
}

async function checkClaim(connection: Connection, { topic, partition, generation }: Claim): Promise<void> {
  const [stored] = await connection.rows<{ generation: number }>(
    'SELECT generation::DOUBLE AS generation FROM positions WHERE topic = $1 AND partition = $2::INTEGER',
    [topic, partition],
  );
  if (stored?.generation === generation) return;
  const now = stored?.generation ?? 'none';
  throw new StoreError(
    'fenced',
    `generation ${generation} of ${topic}/${partition} is over: it is now ${now}`,
  );
}

async function advancePosition(connection: Connection, advance: Advance): Promise<void> {
  const { topic, partition, expected, next } = advance;
  const moved = await connection.run(
    `UPDATE positions SET next = $4::BIGINT
     WHERE topic = $1 AND partition = $2::INTEGER AND next IS NOT DISTINCT FROM $3::BIGINT`,
    [topic, partition, expected, next],
  );
  if (moved === 1) return;
  const [stored] = await connection.rows<{ next: number | null }>(
    'SELECT next::DOUBLE AS next FROM positions WHERE topic = $1 AND partition = $2::INTEGER',
    [topic, partition],
  );
  const actual = stored === undefined ? 'the partition was never claimed' : `it is ${stored.next}`;
  assert.fail(`expected position ${expected} of ${topic}/${partition} to move to ${next}: ${actual}`);
}

async function setStates(connection: Connection, states: ReadonlyMap<number, ModelState>): Promise<void> {
  if (states.size === 0) return;
  const rows = await connection.rows<{ label: number; state: ModelState }>(
    'SELECT label, state FROM models WHERE label IN (SELECT unnest($1::INTEGER[]))',
    [[...states.keys()]],
  );
  const known = new Map(rows.map(({ label, state }) => [label, state]));
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

async function putModels(
  connection: Connection,
  { models, knownAt }: Changeset,
  places: ReadonlyMap<number, SketchPlace>,
): Promise<void> {
  if (models.length === 0) return;
  await assertNoneLive(connection, models);
  await connection.append('models', modelColumns(models, places, knownAt));
  const heads = new Map(models.map((model) => [`${model.hub}\n${model.repo}`, model]));
  const rows = [...heads.values()];
  await connection.run(
    `INSERT INTO repositories (hub, repo, label)
     SELECT unnest($1::VARCHAR[]), unnest($2::VARCHAR[]), unnest($3::INTEGER[])
     ON CONFLICT DO UPDATE SET label = excluded.label`,
    [rows.map(({ hub }) => hub), rows.map(({ repo }) => repo), rows.map(({ label }) => label)],
  );
}

async function putEvents(connection: Connection, { events }: Changeset): Promise<void> {
  if (events.size === 0) return;
  const rows = [...events.values()];
  // An empty string stands for null, which a list parameter cannot hold.
  await connection.run(
    `INSERT INTO repositories (hub, repo, arrival, departure)
     SELECT hub, repo, nullif(arrival, ''), nullif(departure, '') FROM
       (SELECT unnest($1::VARCHAR[]) AS hub, unnest($2::VARCHAR[]) AS repo, unnest($3::VARCHAR[]) AS arrival,
         unnest($4::VARCHAR[]) AS departure)
     ON CONFLICT DO UPDATE SET arrival = excluded.arrival, departure = excluded.departure`,
    [
      rows.map(({ hub }) => hub),
      rows.map(({ repo }) => repo),
      rows.map(({ arrival }) => arrival ?? ''),
      rows.map(({ departure }) => departure ?? ''),
    ],
  );
}

/** Only a head can be live, so a new revision must find none that is. */
async function assertNoneLive(connection: Connection, models: readonly ModelRow[]): Promise<void> {
  const live = await connection.rows<{ hub: string; repo: string; label: number }>(
    `SELECT heads.hub, heads.repo, heads.label FROM repositories AS heads
     JOIN (SELECT DISTINCT unnest($1::VARCHAR[]) AS hub, unnest($2::VARCHAR[]) AS repo) AS wanted USING (hub, repo)
     JOIN models ON models.label = heads.label WHERE models.state = 'live'`,
    [models.map(({ hub }) => hub), models.map(({ repo }) => repo)],
  );
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
