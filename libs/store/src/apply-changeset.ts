import assert from 'node:assert/strict';

import {
  assertChange,
  keepsSketch,
  keyOfRepository,
  type Advance,
  type Changeset,
  type ModelRow,
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
import { putRepositories, repositoriesNamed, type KnownRepositories } from './put-repositories';
import { removePairs, type Removal } from './removed-pairs';
import type { Claim, ModelState } from './rows';
import type { SketchPlace } from './sketch-segments';
import { StoreError } from './store-error';

/** What of a changeset the store alone knows. */
export interface Surroundings {
  /** Of the sketches of its models, by label. */
  readonly places: ReadonlyMap<number, SketchPlace>;
  readonly removal: Removal;
  /** The number of its first message. */
  readonly outboxFirst: number;
}

/** Writes a changeset, inside a transaction. */
export async function applyChangeset(
  connection: Connection,
  changeset: Changeset,
  { places, removal, outboxFirst }: Surroundings,
): Promise<void> {
  await setStates(connection, changeset.states);
  const known = await repositoriesNamed(connection, changeset);
  await putModels(connection, changeset, places, known);
  await putRepositories(connection, changeset, known);
  await removePairs(connection, removal);
  await connection.append('candidates', pairColumns([...changeset.pairsPut.values()]));
  await replaceParents(connection, changeset);
  await connection.append('changes', changeColumns(changeset.changes));
  await connection.append('outbox', outboxColumns(changeset.outbox, outboxFirst));
  await connection.append('rejects', rejectColumns(changeset.rejections));
  await advancePositions(connection, changeset);
  for (const { until, ...of } of changeset.quiets) await setOfPartition(connection, of, 'quiet_until', until);
  for (const { by, ...of } of changeset.measured) await setOfPartition(connection, of, 'measured_by', by);
}

/** Columns of a partition that are set by themselves, with their types. */
const SETTABLE = { quiet_until: 'BIGINT', measured_by: 'VARCHAR' } as const;

async function setOfPartition(
  connection: Connection,
  { topic, partition }: Pick<Claim, 'topic' | 'partition'>,
  column: keyof typeof SETTABLE,
  value: number | string | null,
): Promise<void> {
  const set = await connection.run(
    `UPDATE positions SET ${column} = $3::${SETTABLE[column]} WHERE topic = $1 AND partition = $2::INTEGER`,
    [topic, partition, value],
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
  known: KnownRepositories,
): Promise<void> {
  if (models.length === 0) return;
  await assertNoneLive(connection, models, known);
  await connection.append('models', modelColumns(models, places, knownAt));
}

/** Only a head can be live, so a new revision must find none that is. */
async function assertNoneLive(
  connection: Connection,
  models: readonly ModelRow[],
  known: KnownRepositories,
): Promise<void> {
  const heads = new Map(models.map((model) => [keyOfRepository(model), known.get(keyOfRepository(model))]));
  const labels = [...heads.values()].filter((label) => label !== undefined && label !== null);
  const states = await statesOf(connection, labels);
  for (const model of models) {
    const head = heads.get(keyOfRepository(model));
    const isLive = head !== undefined && head !== null && states.get(head) === 'live';
    assert(!isLive, `${model.repo} has a live revision already, label ${head}: supersede it first`);
    heads.set(keyOfRepository(model), model.label);
    states.set(model.label, model.state);
  }
}

/** A row is looked for in the whole table, so not that of a model that only comes: it has none yet. */
async function replaceParents(connection: Connection, changeset: Changeset): Promise<void> {
  const { parents } = changeset;
  const earlier = [...parents.keys()].filter((label) => changeset.model(label) === undefined);
  if (earlier.length > 0) {
    await connection.run('DELETE FROM parents WHERE label IN (SELECT unnest($1::INTEGER[]))', [earlier]);
  }
  await connection.append('parents', parentColumns([...parents.values()].filter((row) => row !== null)));
}
