import { CHANGED, lineageChanged, type LineageChanged } from '@stemma/events';
import type { Change, NewChange, OutboxMessage } from '@stemma/store';
import type { Admission } from './admit';
import type { Assessment } from './assess';
import { announcedConfidence, inTreeOrder, kindOfChange } from './changes';
import { sinceOf } from './event-order';
import type { IndexParts } from './index-parts';
import type { IndexedModel } from './lineage-index';

/** The events that a batch's changes are put down to: a model's own, or the last one that moved the others. */
export interface Causes {
  readonly own: ReadonlyMap<string, Cause>;
  /** Null where nothing has happened: the index was restored. A model is then put down to its own arrival. */
  readonly last: Cause | null;
}

interface Cause {
  readonly id: string;
  /** Unix milliseconds: since when it has been so. */
  readonly time: number;
}

export function causesOf(admitted: readonly Admission[]): Causes {
  const own = new Map<string, Cause>();
  let last: Cause | null = null;
  for (const one of admitted) {
    if (one.type === 'rejected') continue;
    last = { id: one.event.id, time: one.since };
    own.set(one.event.data.repo, last);
  }
  return { own, last };
}

/** What people have to be told after a batch: new places, parents before children. */
export function announcements(
  assessments: readonly Assessment[],
  causes: Causes,
  parts: IndexParts,
): NewChange[] {
  const places = assessments.flatMap((assessment) => {
    const change = placeChange(assessment, causes, parts);
    return change === null ? [] : [{ change, depth: parts.index.depth(assessment.label) }];
  });
  return inTreeOrder(places);
}

function placeChange(
  now: Assessment,
  causes: Causes,
  { index, announced, repositories }: IndexParts,
): NewChange | null {
  const model = index.model(now.label);
  const parentAfter = now.parent === null ? null : index.model(now.parent).repo;
  const before = announced.get(model.repo);
  const kind = kindOfChange(before, model, parentAfter, now);
  if (kind === null) return null;
  const { relation, verdict, evidence } = now;
  const cause = causes.own.get(model.repo) ?? causes.last ?? arrivalOf(model, repositories);
  return {
    model: model.repo,
    revision: model.sha,
    kind,
    parentBefore: before?.parent ?? null,
    parentAfter,
    relation,
    verdict,
    confidence: announcedConfidence(now.confidence),
    evidence,
    runnersUp: now.runnersUp.flatMap(({ parent, confidence }) =>
      parent === null ? [] : [{ model: index.model(parent).repo, confidence }],
    ),
    architecture: model.architecture,
    cause: cause.id,
    validFrom: cause.time,
  };
}

const arrivalOf = ({ repo, sha }: IndexedModel, repositories: IndexParts['repositories']): Cause => ({
  id: `${repo}@${sha}#sketched`,
  time: Date.parse(sinceOf(repositories.get(repo).arrival)),
});

/** Remembers numbered changes as what the feed said last. */
export function remember(changes: readonly Change[], { announced, index }: IndexParts): void {
  for (const { model, parentAfter: parent, relation, verdict, confidence, architecture, seq } of changes) {
    const label = index.labelNamed(model);
    const { tombstone, sha: revision } = index.model(label);
    const parentLabel = parent === null ? null : index.labelNamed(parent);
    const place = { label, revision, parent, parentLabel, relation, verdict, confidence };
    announced.set(model, { ...place, architecture, tombstone, seq });
  }
}

const SOURCE = '/stemma/indexer';

/** Numbered changes as the messages that the feed carries. */
export async function messagesOf(changes: readonly Change[], parts: IndexParts): Promise<OutboxMessage[]> {
  const messages: OutboxMessage[] = [];
  for (const change of changes) messages.push(messageOf(change, await claimOf(change.model, parts), parts));
  return messages;
}

/** What the card declares: of models that came before the last start, the store knows it. */
async function claimOf(repo: string, { index, claims, store }: IndexParts): Promise<ModelClaim> {
  const label = index.labelNamed(repo);
  if (!claims.has(label)) claims.set(label, ((await store.model(label))?.claim ?? null) as ModelClaim);
  return claims.get(label) ?? null;
}

type ModelClaim = LineageChanged['data']['claim'];

function messageOf(
  change: Change,
  claim: ModelClaim,
  { now, partition, repositories }: IndexParts,
): OutboxMessage {
  const { seq, kind, model, revision, verdict, confidence, architecture, cause } = change;
  const { relation, evidence, runnersUp } = change as unknown as LineageChanged['data'];
  const parent = { before: change.parentBefore, after: change.parentAfter };
  const place = { parent, relation, verdict, confidence, evidence, runnersUp };
  const time = new Date(change.knownAt).toISOString();
  const publishedAt = sinceOf(repositories.get(model).arrival);
  const validFrom = new Date(change.validFrom).toISOString();
  const times = { publishedAt, validFrom, time };
  const data = { seq, kind, model, revision, ...times, ...place, architecture, claim, cause };
  const event = lineageChanged(data, { source: SOURCE, time: now().toISOString() });
  return { topic: CHANGED, partition, key: change.model, payload: JSON.stringify(event) };
}
