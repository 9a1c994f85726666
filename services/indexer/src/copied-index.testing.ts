import { pairAt, type CandidatePair, type LoadedModel, type ParentRow, type Store } from '@stemma/store';

const MODELS_MAX = 4_096;
const ROWS_MAX = 131_072;
/** No sketch of its own: a copy is never compared. */
const NO_SKETCH = new Uint8Array(0);

/**
 * Makes an index several times as large by copies of its models, pairs and places, each copy under an architecture of its own, so
 * that no model of one is a candidate of another's. What arrives later may be compared with the first alone. The caches know
 * nothing of the copies: the index has to be started anew.
 */
export async function copyModels(
  store: Store,
  copies: number,
  onCopied: (copy: number) => void,
): Promise<void> {
  const models = (await all(store.load())).sort((x, y) => x.label - y.label);
  const count = store.labelNext;
  const events = new Map((await all(store.repositories())).map((one) => [one.repo, one]));
  const parents = await all(store.parents());
  const pairs: CandidatePair[] = [];
  for await (const columns of store.pairs())
    for (let row = 0; row < columns.count; row++) pairs.push(pairAt(columns, row));
  for (let copy = 1; copy < copies; copy++) {
    const moved = (label: number): number => label + copy * count;
    for (const some of parts(models, MODELS_MAX))
      await store.transaction(async (tx) => {
        for (const model of some) {
          const repo = `${model.repo}-${copy}`;
          tx.putModel({ ...copied(model, copy), repo });
          tx.putEvents('zoo', repo, events.get(model.repo)!);
        }
      });
    for (const some of parts(pairs, ROWS_MAX))
      await store.transaction(async (tx) =>
        tx.putCandidates(some.map((pair) => ({ ...pair, a: moved(pair.a), b: moved(pair.b) }))),
      );
    const rows = parents.map((row): ParentRow => {
      const parent = row.parent === null ? null : moved(row.parent);
      return { ...row, label: moved(row.label), parent };
    });
    for (const some of parts(rows, MODELS_MAX)) await store.transaction(async (tx) => tx.putParents(some));
    onCopied(copy);
  }
}

function copied({ label: _, state: __, ...model }: LoadedModel, copy: number) {
  const architecture = `${String(copy).padStart(4, '0')}${model.architecture.slice(4)}`;
  const rest = { publishedAt: model.createdAt, claim: null, bytesRead: 0, bytesPublished: 0 };
  return { ...model, ...rest, partition: 0, hub: 'zoo', architecture, sketch: NO_SKETCH };
}

async function all<Row>(batches: AsyncIterable<readonly Row[]>): Promise<Row[]> {
  const rows: Row[] = [];
  for await (const batch of batches) for (const row of batch) rows.push(row);
  return rows;
}

function* parts<Row>(rows: readonly Row[], length: number): Generator<readonly Row[]> {
  for (let first = 0; first < rows.length; first += length) yield rows.slice(first, first + length);
}
