import { availableParallelism } from 'node:os';
import { EXACT_MODELS_MAX } from '@stemma/store';

/** How the indexer works; every bound has a default. */
export interface IndexerConfig {
  /** Events of one transaction. */
  readonly batchEventsMax: number;
  readonly batchBytesMax: number;
  /** k of the candidate graph (DESIGN 4.4). */
  readonly candidatesMax: number;
  /** Models of one architecture up to which candidates are found exactly; above it approximately, by hnswlib. */
  readonly exactMax: number;
  /** Decoded sketches kept in memory, about 150 kB each: one that is not has to be read and decoded for every comparison. */
  readonly observationsMax: number;
  /** Threads that compare models; 0: the thread that does everything else compares as well. */
  readonly comparersMax: number;
  /** A snapshot of the index is written after so many batches, and at the end. */
  readonly snapshotBatches: number;
  /** Once in so many arrivals the forest around what moved is proved optimal. */
  readonly auditArrivals: number;
  /** Families up to this size are assessed anew as a whole when one of them changes; of larger ones only the surroundings. */
  readonly familyMax: number;
}

/** Every thread decodes every arrival: beyond so many that takes longer than comparing. */
const COMPARERS_MAX = 8;

export const INDEXER_DEFAULTS: IndexerConfig = {
  batchEventsMax: 64,
  batchBytesMax: 16 << 20,
  candidatesMax: 32,
  exactMax: EXACT_MODELS_MAX,
  observationsMax: 2_048,
  comparersMax: Math.min(availableParallelism(), COMPARERS_MAX),
  snapshotBatches: 1_024,
  auditArrivals: 256,
  familyMax: 32,
};
