import type { Constants } from '../evidence/constants';

/** A candidate graph over kin, by labels. */
export interface Candidates {
  readonly constants: Constants;
  /** Kin of a label that are its candidates, nearest first; ties in an order of content. */
  neighbours(label: number): readonly number[];
  /** D of two labels; null where the two are no candidates. */
  distance(a: number, b: number): number | null;
  /** The pair's own log-odds that `parent` is the parent of `child`, which are candidates. */
  logOdds(parent: number, child: number): number;
  /** What `crowdOf` gives for two candidates; it is asked for again and again and worth keeping. */
  crowd(parent: number, child: number): number;
  /** Pooled evidence that the label is the root, in whole nats. */
  pooled(label: number): number;
}
