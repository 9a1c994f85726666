import type { Change } from './change-history';
import { addLiving, move } from './forest';
import { NONE, STATES, type Label, type LineageState, type ModelState } from './lineage-state';

/** What one partition has told last of a model; its words are codes of the state. */
export interface Told {
  readonly partition: number;
  readonly seq: number;
  /** The model's number among those of the partition. */
  readonly listed: number;
  /** Since when the revision holds, Unix milliseconds. */
  readonly publishedAt: number;
  readonly revision: string;
  readonly isLive: boolean;
  readonly parent: Label;
  readonly relation: number;
  readonly verdict: number;
  readonly confidence: number;
  readonly architecture: number;
  readonly claim: number;
}

export function toldBy(change: Change, listed: number, state: LineageState): Told {
  const { partition, seq, revision, confidence } = change;
  const { after } = change.parent;
  return {
    partition,
    seq,
    listed,
    publishedAt: Date.parse(change.publishedAt),
    revision,
    isLive: change.kind !== 'deleted',
    parent: after === null ? NONE : state.intern(after),
    relation: state.relations.code(change.relation),
    verdict: state.verdicts.code(change.verdict),
    confidence,
    architecture: state.architectures.code(change.architecture),
    claim: state.claims.code(change.claim),
  };
}

/**
 * Whether `a` counts and not `b`, where two partitions tell of one model: the revision that holds since later. At one moment, the
 * one that is on the hub: the other partition has taken leave of what was replaced. The rest only makes the order total.
 */
export function outranks(a: Told, b: Told): boolean {
  if (a.publishedAt !== b.publishedAt) return a.publishedAt > b.publishedAt;
  if (a.isLive !== b.isLive) return a.isLive;
  if (a.revision !== b.revision) return a.revision > b.revision;
  return a.partition > b.partition;
}

/** What the state shows of a model. */
export function shown(state: LineageState, label: Label): Told {
  return {
    partition: state.partition.get(label),
    seq: state.changedAt.get(label),
    listed: state.listed.get(label),
    publishedAt: state.publishedAt.get(label),
    revision: state.revisions[label] as string,
    isLive: state.isLive(label),
    parent: state.awaited.get(label) ?? state.parent.get(label),
    relation: state.relation.get(label),
    verdict: state.verdict.get(label),
    confidence: state.confidence.get(label),
    architecture: state.architecture.get(label),
    claim: state.claim.get(label),
  };
}

/** Makes the state show it. */
export function show(state: LineageState, label: Label, told: Told): void {
  state.partition.set(label, told.partition);
  state.changedAt.set(label, told.seq);
  state.listed.set(label, told.listed);
  state.publishedAt.set(label, told.publishedAt);
  state.revisions[label] = told.revision;
  state.relation.set(label, told.relation);
  state.verdict.set(label, told.verdict);
  state.confidence.set(label, told.confidence);
  state.architecture.set(label, told.architecture);
  state.claim.set(label, told.claim);
  enter(state, label, told.isLive ? 'live' : 'deleted');
  move(state, label, told.parent);
}

function enter(state: LineageState, label: Label, next: ModelState): void {
  const count = Number(next === 'live') - Number(state.isLive(label));
  state.state.set(label, STATES.indexOf(next));
  state.models += count;
  addLiving(state, label, count);
}
