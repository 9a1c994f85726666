import type { ModelSketched } from '@stemma/events';
import type { Claim, Store } from '@stemma/store';
import type { Announced } from './changes';
import type { Comparer } from './comparer';
import type { IndexerConfig } from './config';
import type { EdgeBook } from './edge-book';
import type { LineageIndex } from './lineage-index';
import type { Repositories } from './repositories';

/** What a batch works with: the store, and the caches of what it holds. */
export interface IndexParts {
  readonly config: IndexerConfig;
  readonly partition: number;
  readonly store: Store;
  /** The right to write this partition. */
  readonly claim: Claim;
  /** Before this position of the log nothing is announced (`Claim.quietUntil`); null where everything is. */
  quietUntil: number | null;
  readonly repositories: Repositories;
  readonly index: LineageIndex;
  readonly comparer: Comparer;
  readonly edges: EdgeBook;
  /** By repository: what the feed said last. */
  readonly announced: Map<string, Announced>;
  /** By label: what the card declares, as far as it was looked up. */
  readonly claims: Map<number, ModelSketched['data']['claim']>;
  readonly now: () => Date;
}
