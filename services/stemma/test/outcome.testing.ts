import type { LoadedModel, ParentRow } from '@stemma/store';
import type { FeedChange, FinalState } from './final-state.testing';

/**
 * What a data folder comes to, by names: the part of its final state that does not depend on where the batches were cut.
 * Labels, superseded revisions and the changes on the way do.
 */
export interface Outcome {
  /** `repo@sha state ← parent relation verdict confidence`, sorted. */
  readonly forest: readonly string[];
  /** `repo — repo kinship distance`, sorted. */
  readonly candidates: readonly string[];
  /** The forest that a reader has who folds all changes: `repo@revision ← parent relation verdict confidence`, sorted. */
  readonly told: readonly string[];
  readonly rejects: FinalState['rejects'];
  readonly published: FinalState['published'];
  readonly sketched: FinalState['sketched'];
  readonly dead: FinalState['dead'];
}

export function outcomeOf(state: FinalState): Outcome {
  const models = new Map((state.models as LoadedModel[]).map((model) => [model.label, model]));
  const repo = (label: number): string => models.get(label)?.repo ?? `label ${label}`;
  const { rejects, published, sketched, dead } = state;
  return {
    forest: state.parents.map((row) => placeOf(row, repo, models.get(row.label))).sort(),
    candidates: state.candidates
      .map(({ a, b, kinship, distance }) => {
        const names = [repo(a), repo(b)].sort().join(' — ');
        return `${names} ${kinship} ${distance.toPrecision(9)}`;
      })
      .sort(),
    told: told(state.feed),
    rejects,
    published: published.map(withoutHub),
    sketched: sketched.map((entry) => withoutHub((entry as [string, unknown])[1])),
    dead,
  };
}

function placeOf(
  { parent, relation, verdict, confidence }: ParentRow,
  repo: (label: number) => string,
  model: LoadedModel | undefined,
): string {
  const name = `${model?.repo}@${model?.sha} ${model?.state}`;
  return `${name} ← ${parent === null ? 'nobody' : repo(parent)} ${relation} ${verdict} ${confidence.toFixed(2)}`;
}

function told(feed: readonly FeedChange[]): string[] {
  const places = new Map<string, string>();
  for (const { model, revision, kind, parent, relation, verdict, confidence } of feed) {
    const place = `${kind === 'deleted' ? 'deleted' : ''} ← ${parent.after}`;
    const sureness = kind === 'deleted' ? '' : ` ${relation} ${verdict} ${confidence}`;
    places.set(model, `${model}@${revision} ${place}${sureness}`);
  }
  return [...places.values()].sort();
}

/** A test's hub goes by its address. */
function withoutHub(event: unknown): unknown {
  if (typeof event === 'string') return event;
  const { data, ...rest } = event as { data: object };
  return { ...rest, data: { ...data, hub: null } };
}
