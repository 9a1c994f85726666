import type { ChangeKind, NewChange, Verdict } from '@stemma/store';
import type { Assessment } from './assess';
import type { IndexedModel } from './lineage-index';

/** What the feed said last of a repository: what a change is a change from. */
export interface Announced {
  /** Null where it was read from the feed, which knows revisions only. */
  readonly label: number | null;
  readonly revision: string;
  readonly parent: string | null;
  /**
   * The revision of the parent that stands in the table: another one may come under the same name, which nobody is told.
   * `UNWRITTEN` where the table has no row yet.
   */
  readonly parentLabel: number | null;
  readonly relation: string | null;
  readonly verdict: Verdict;
  /** As announced: {@link announcedConfidence}. */
  readonly confidence: number;
  readonly tombstone: boolean;
  readonly architecture: string;
  /** Number of the change that said so. */
  readonly seq: number;
}

/** No label: what the feed has said is not in the table yet. */
export const UNWRITTEN = -1;

/**
 * Confidence to two places. What is finer tells nobody anything, and rounding (unlike a threshold on the difference) lets
 * the announced figure be a function of the set of models.
 */
export const announcedConfidence = (confidence: number): number => Math.round(100 * confidence) / 100;

/** What has to be announced of a model now; null where nothing that people see has changed. */
export function kindOfChange(
  before: Announced | undefined,
  model: IndexedModel,
  parent: string | null,
  now: Assessment,
): ChangeKind | null {
  if (model.tombstone) return isSameTombstone(before, model, parent) ? null : 'deleted';
  if (before === undefined || before.tombstone) return 'arrived';
  if (before.parent !== parent) return 'reparented';
  const isSame =
    isOfRevision(before, model) &&
    before.relation === now.relation &&
    before.verdict === now.verdict &&
    before.confidence === announcedConfidence(now.confidence);
  return isSame ? null : 'reassessed';
}

function isSameTombstone(before: Announced | undefined, model: IndexedModel, parent: string | null): boolean {
  return before?.tombstone === true && isOfRevision(before, model) && before.parent === parent;
}

const isOfRevision = ({ label, revision }: Announced, model: IndexedModel): boolean =>
  label === null ? revision === model.sha : label === model.label;

/**
 * Parents before children, then by name: a reader who folds the changes one by one sees a forest at every step, since what
 * a model is hung under has reached its final place.
 */
export function inTreeOrder(
  changes: readonly { readonly depth: number; readonly change: NewChange }[],
): NewChange[] {
  const order = [...changes].sort((x, y) => x.depth - y.depth || (x.change.model < y.change.model ? -1 : 1));
  return order.map(({ change }) => change);
}
