// Typed-array reads carry `!`: node and edge numbers come from the graph.
import assert from 'node:assert/strict';

import { minimumArborescence } from './arborescence';
import { NO_EDGE, type CandidateGraph } from './candidate-graph';
import type { CertifiedTree } from './certified-tree';

/**
 * Replaces the potentials of a whole component of the candidate graph by fresh ones.
 *
 * Long histories let potentials drift (measured: from 1.02 to 2.09 times the root cost over 16,000 re-published models
 * of 5,000), and sums stay exact only below 2⁵³. The sums of Edmonds' duals lie between a node's cheapest entering edge
 * and its root cost. They certify *every* optimal forest, not only the one they were found with: an optimal forest has
 * tight edges only and enters each set of positive dual once, and that is all the proof of the certificate needs. So the
 * forest stays. No edge leaves a component except to the root, so the certificate falls apart by components too.
 */
export function repairPotentials(graph: CandidateGraph, tree: CertifiedTree, node: number): void {
  const component = componentOf(graph, node);
  const potentials = freshPotentials(graph, component);
  component.forEach((member, index) => {
    const potential = potentials[index + 1]!;
    assert(
      Math.abs(potential) <= tree.potentialMax,
      `node ${member}: a potential within ±${tree.potentialMax} expected, ${potential} found`,
    );
    tree.setPotential(member, potential);
  });
}

/** All nodes that candidate pairs connect with `node`. */
function componentOf(graph: CandidateGraph, node: number): number[] {
  const members = [node];
  const seen = new Set(members);
  for (let i = 0; i < members.length; i++)
    for (let edge = graph.firstIn[members[i]!]!; edge !== NO_EDGE; edge = graph.next[edge]!) {
      const other = graph.tailOf(edge);
      if (seen.has(other)) continue;
      seen.add(other);
      members.push(other);
    }
  return members;
}

/** Edmonds' potentials of a component; member i is node i + 1 of the static problem. */
function freshPotentials(graph: CandidateGraph, component: readonly number[]): Float64Array {
  const numberOf = new Map(component.map((node, index) => [node, index + 1]));
  const tails: number[] = [];
  const heads: number[] = [];
  const costs: number[] = [];
  const rootCosts = new Float64Array(component.length + 1);
  for (const [node, number] of numberOf) {
    rootCosts[number] = graph.rootCost[node]!;
    for (let edge = graph.firstIn[node]!; edge !== NO_EDGE; edge = graph.next[edge]!) {
      tails.push(numberOf.get(graph.tailOf(edge))!);
      heads.push(number);
      costs.push(graph.cost[edge]!);
    }
  }
  return minimumArborescence({
    nodes: component.length,
    tails: Int32Array.from(tails),
    heads: Int32Array.from(heads),
    costs: Float64Array.from(costs),
    rootCosts,
  }).potentials;
}
