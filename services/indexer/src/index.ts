export { INDEXER_DEFAULTS, type IndexerConfig } from './config';
export { orderOf, validSince } from './event-order';
export { forestFromScratch, type FromScratchOptions, type ScratchForest } from './from-scratch';
export { indexBatch } from './index-batch';
export { Indexer, type IndexerOptions } from './indexer';
export type { LoadReport } from './load';
export { LineageIndex, type IndexedModel } from './lineage-index';
export { liveSet, type SurvivingModel } from './live-set';
export { indexerService } from './service';
