export { INDEXER_DEFAULTS, type IndexerConfig } from './config';
export { indexBatch } from './index-batch';
export { Indexer, type IndexerOptions } from './indexer';
export { LineageIndex, type IndexedModel } from './lineage-index';
