import type { CandidateGraph } from './candidate-graph';
import type { CertifiedTree } from './certified-tree';
import type { Subtree } from './subtree';
import type { TreePaths } from './tree-paths';

/** What every operation of a dynamic forest works on. */
export interface ForestParts {
  readonly graph: CandidateGraph;
  readonly tree: CertifiedTree;
  readonly paths: TreePaths;
  /** Scratch: the last subtree that was listed. */
  readonly subtree: Subtree;
}
