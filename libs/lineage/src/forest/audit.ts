// Typed-array reads carry `!`: node and edge numbers come from the graph.
import { NO_EDGE, type CandidateGraph } from './candidate-graph';
import { auditCertificate, type AuditReport, type CertifiedForest, type Violation } from './certificate';
import type { CertifiedTree } from './certified-tree';

/**
 * Checks a dynamic forest in place: its arrays agree with each other, and the certificate of optimality holds for the
 * edges into the given labels. Over all labels that is a proof of optimality, without solving anything again.
 */
export function auditForest(
  graph: CandidateGraph,
  tree: CertifiedTree,
  labels: readonly number[],
): AuditReport {
  const broken = labels.flatMap((label) => structureViolations(graph, tree, label));
  // With broken links the certificate's paths lead anywhere.
  if (broken.length > 0) return { nodes: labels.length, edges: 0, violations: broken };
  return auditCertificate(certifiedView(graph, tree), labels, graph.nodeCount);
}

function certifiedView(graph: CandidateGraph, tree: CertifiedTree): CertifiedForest {
  return {
    parentOf: (label) => tree.parent[label]!,
    treeCostOf: (label) => graph.costOf(tree.edge[label]!),
    potentialOf: (label) => tree.potential[label]!,
    forEachEntering: (label, visit) => {
      visit(0, graph.rootCost[label]!);
      for (let edge = graph.firstIn[label]!; edge !== NO_EDGE; edge = graph.next[edge]!)
        if (graph.cost[edge]! < Infinity) visit(graph.tailOf(edge), graph.cost[edge]!);
    },
  };
}

function structureViolations(graph: CandidateGraph, tree: CertifiedTree, label: number): Violation[] {
  const edge = tree.edge[label]!;
  const parent = tree.parent[label]!;
  const checks: [expected: string, found: number, holds: boolean][] = [
    [`a tree edge into ${label}`, edge, edge !== NO_EDGE && graph.headOf(edge) === label],
    [`the tail of its tree edge as parent`, parent, edge !== NO_EDGE && graph.tailOf(edge) === parent],
    [`a parent in the forest`, parent, parent === 0 || graph.has(parent)],
    [`a place among its parent's children`, parent, tree.isListed(label)],
    [
      `cost − potential as reduced cost`,
      tree.reduced[label]!,
      tree.reduced[label] === graph.costOf(edge) - tree.potential[label]!,
    ],
  ];
  return checks
    .filter(([, , holds]) => !holds)
    .map(([expected, found]) => ({
      kind: 'structure',
      label,
      detail: `${expected} expected, ${found} found`,
    }));
}
