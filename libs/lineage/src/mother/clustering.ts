import assert from 'node:assert/strict';
import { agnes, type Cluster } from 'ml-hclust';

/** A merge this many times as high as the next lower one separates trees; less may be the shape of a single tree. */
const GAP_MIN = 2;

/**
 * Ward clustering of a distance matrix into trees [M]. `ward2` is Ward's criterion on distances that are not squared.
 * The number of trees is given, or estimated from the largest ratio of consecutive merge heights.
 * Returns the cluster of every row, numbered in the order of their first rows.
 */
export function wardClusters(
  distances: readonly (readonly number[])[],
  trees: number | 'estimated',
): number[] {
  const count = distances.length;
  if (count <= 1) return distances.map(() => 0);
  const root = agnes(
    distances.map((row) => [...row]),
    { method: 'ward2', isDistanceMatrix: true },
  );
  const wanted = trees === 'estimated' ? estimateTrees(root) : trees;
  assert(
    wanted >= 1 && Number.isInteger(wanted),
    `a number of trees of at least 1 expected, ${wanted} found`,
  );
  const clusters = split(root, Math.min(wanted, count)).map((cluster) =>
    cluster.indices().sort((a, b) => a - b),
  );
  clusters.sort((a, b) => a[0]! - b[0]!);
  const clusterOf = new Array<number>(count).fill(0);
  clusters.forEach((members, cluster) => members.forEach((row) => (clusterOf[row] = cluster)));
  return clusterOf;
}

/** Cutting below the k−1 highest merges leaves k trees; the best k has the highest gap under these merges. */
function estimateTrees(root: Cluster): number {
  const heights: number[] = [];
  root.traverse((cluster) => {
    if (!cluster.isLeaf) heights.push(cluster.height);
  });
  heights.sort((a, b) => b - a);
  let best = 1;
  let bestGap = GAP_MIN;
  for (let k = 2; k <= heights.length; k++) {
    // A merge of identical models has no height and would make any gap infinite.
    const lower = Math.max(heights[k - 1]!, 1e-3 * heights[0]!);
    const gap = heights[k - 2]! / lower;
    if (gap > bestGap) {
      best = k;
      bestGap = gap;
    }
  }
  return best;
}

/** The `count` clusters that undoing the highest merges leaves. */
function split(root: Cluster, count: number): Cluster[] {
  const parts = [root];
  while (parts.length < count) {
    let highest = -1;
    parts.forEach((part, i) => {
      if (!part.isLeaf && (highest < 0 || part.height > parts[highest]!.height)) highest = i;
    });
    if (highest < 0) break;
    parts.splice(highest, 1, ...parts[highest]!.children);
  }
  return parts;
}
