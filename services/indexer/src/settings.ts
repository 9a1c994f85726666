import { folder } from '@stemma/service';

/** What the indexer as a process of its own reads from its environment, beside what every service does. */
export const INDEXER_SETTINGS = {
  /** Holds a folder `p<partition>` of every partition that was ever its own. */
  dataFolder: folder('STEMMA_DATA'),
};
