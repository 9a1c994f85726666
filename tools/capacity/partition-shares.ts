import { createHash } from 'node:crypto';
import { partitionOf, sketchedKey } from '@stemma/events';
import type { Workload } from './assumptions';

/**
 * The share of all models that each partition has, largest architectures first: a family cannot be split, so the largest
 * partition is what a plan has to fit. The partitioner is the real one; keys of architectures are hashes, as theirs are.
 */
export function partitionShares({ architectures, zipf }: Workload, partitions: number): number[] {
  const weights = Array.from({ length: architectures }, (_, rank) => 1 / (rank + 1) ** zipf);
  const total = weights.reduce((sum, weight) => sum + weight, 0);
  const shares = Array.from({ length: partitions }, () => 0);
  weights.forEach((weight, rank) => {
    const architecture = createHash('sha256').update(`architecture ${rank}`).digest('hex');
    shares[partitionOf(sketchedKey(architecture, 'org/name'), partitions)]! += weight / total;
  });
  return shares;
}

/** The share of the largest architecture. */
export function largestShare({ architectures, zipf }: Workload): number {
  let total = 0;
  for (let rank = 1; rank <= architectures; rank++) total += 1 / rank ** zipf;
  return 1 / total;
}
