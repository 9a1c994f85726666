/**
 * The proof that a forest is optimal, checked edge by edge (see `minimumArborescence` for the theorem).
 *
 * Deliberately plain: its path maxima share no code with the dynamic forest, so that an error there cannot hide itself.
 */

/** What the check asks a forest. Label 0 is the virtual root. */
export interface CertifiedForest {
  /** 0 for a root. */
  parentOf(label: number): number;
  /** Cost of the edge from the parent. */
  treeCostOf(label: number): number;
  potentialOf(label: number): number;
  /** Calls back with every entering edge of finite cost, the one from the virtual root (tail 0) included. */
  forEachEntering(label: number, visit: (tail: number, cost: number) => void): void;
}

export interface Violation {
  readonly kind: 'cycle' | 'no-tree-edge' | 'cheaper-edge' | 'inexact' | 'structure';
  /** The node whose entering edges were looked at. */
  readonly label: number;
  readonly detail: string;
}

export interface AuditReport {
  /** Nodes and entering edges looked at. */
  readonly nodes: number;
  readonly edges: number;
  /** Empty for an optimal forest; at most `VIOLATIONS_MAX`. */
  readonly violations: readonly Violation[];
}

/** An audit stops here: one violation is as fatal as a million. */
export const VIOLATIONS_MAX = 16;

/**
 * Checks every edge into the given labels: cost − potential of its head is at least that of the dearest tree edge on
 * the tree path between its ends. Checked for all labels of a forest that proves it optimal. O(edges · path length).
 *
 * `nodesMax` is the number of labels in the forest; a longer climb is a cycle.
 */
export function auditCertificate(
  forest: CertifiedForest,
  labels: Iterable<number>,
  nodesMax: number,
): AuditReport {
  const violations: Violation[] = [];
  let nodes = 0;
  let edges = 0;
  for (const label of labels) {
    if (violations.length >= VIOLATIONS_MAX) break;
    nodes++;
    edges += auditNode(forest, label, nodesMax, violations);
  }
  return { nodes, edges, violations: violations.slice(0, VIOLATIONS_MAX) };
}

function auditNode(
  forest: CertifiedForest,
  label: number,
  nodesMax: number,
  violations: Violation[],
): number {
  const report = (kind: Violation['kind'], expected: string, found: string | number): void => {
    violations.push({ kind, label, detail: `${expected} expected, ${found} found` });
  };
  const potential = forest.potentialOf(label);
  if (!Number.isSafeInteger(potential)) report('inexact', 'a safe integer as potential', potential);
  const dearestUpTo = dearestTowardsRoot(forest, label, nodesMax);
  if (dearestUpTo === null) {
    report('cycle', `a root within ${nodesMax} steps`, 'none');
    return 0;
  }
  let edges = 0;
  let treeEdgeSeen = false;
  forest.forEachEntering(label, (tail, cost) => {
    edges++;
    if (tail === forest.parentOf(label) && cost === forest.treeCostOf(label)) treeEdgeSeen = true;
    const dearest = dearestBetween(forest, tail, dearestUpTo);
    if (cost - potential < dearest)
      report('cheaper-edge', `${tail}→${label} at ${dearest} or more`, cost - potential);
  });
  if (!treeEdgeSeen) report('no-tree-edge', `${forest.parentOf(label)}→${label} among the edges`, 'none');
  return edges;
}

/** For `label` and each of its ancestors, 0 included: the dearest reduced tree edge from `label` up to there. */
function dearestTowardsRoot(
  forest: CertifiedForest,
  label: number,
  nodesMax: number,
): Map<number, number> | null {
  const dearestUpTo = new Map<number, number>([[label, -Infinity]]);
  let dearest = -Infinity;
  for (let at = label; at !== 0;) {
    dearest = Math.max(dearest, forest.treeCostOf(at) - forest.potentialOf(at));
    at = forest.parentOf(at);
    if (dearestUpTo.has(at) || dearestUpTo.size > nodesMax) return null;
    dearestUpTo.set(at, dearest);
  }
  return dearestUpTo;
}

/** The dearest reduced tree edge on the path from `tail` to the label whose climb is given; Infinity on a cycle. */
function dearestBetween(
  forest: CertifiedForest,
  tail: number,
  dearestUpTo: ReadonlyMap<number, number>,
): number {
  const climbed = new Set<number>();
  let dearest = -Infinity;
  for (let at = tail; ; at = forest.parentOf(at)) {
    const below = dearestUpTo.get(at);
    if (below !== undefined) return Math.max(dearest, below);
    if (climbed.has(at)) return Infinity;
    climbed.add(at);
    dearest = Math.max(dearest, forest.treeCostOf(at) - forest.potentialOf(at));
  }
}
