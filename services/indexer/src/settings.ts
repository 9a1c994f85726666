import { folder, integer } from '@stemma/service';
import { INDEXER_DEFAULTS } from './config';

/** What the indexer as a process of its own reads from its environment, beside what every service does. */
export const INDEXER_SETTINGS = {
  /** Holds a folder `p<partition>` of every partition that was ever its own. */
  dataFolder: folder('STEMMA_DATA'),
  /** Threads that compare models, beside the one that does everything else. */
  comparersMax: integer('STEMMA_COMPARERS', { min: 0, max: 64, fallback: INDEXER_DEFAULTS.comparersMax }),
};
