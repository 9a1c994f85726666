import assert from 'node:assert/strict';
import type { Evidence } from '../evidence/describe';
import type { Recovered, RecoveredModel } from './recovered';

/** A model of a graph with its true place. Several parents: a merge, any of which is right. None: a root. */
export interface TrueModel {
  readonly model: string;
  /** The tree it belongs to, by any name. */
  readonly tree: string;
  readonly parents: readonly string[];
}

/** The figures of DESIGN 3.7, for one tree or one graph. All but `ece` are better when higher. */
export interface Figures {
  /** Share of the true edges that were found with their direction: accuracy as the paper counts it. */
  readonly directed: number;
  /** Share of the true edges that were found in one direction or the other. */
  readonly undirected: number;
  /** Share of the true roots that were found to be roots. */
  readonly rootsFound: number;
  /** Share of the true edges whose own evidence points the right way; no answer counts half. */
  readonly directionGivenPair: number;
  /** Adjusted Rand index of the recovered trees as a clustering. 1 where there is only one way to be right and it is found. */
  readonly ari: number;
  /** Share of the true trees whose models are exactly those of one recovered tree. */
  readonly treesFound: number;
  /** Expected calibration error of the confidence in each model's parent, over ten bins. */
  readonly ece: number;
}

export interface Metrics extends Figures {
  /** What guessing reaches, figure by figure: see {@link chanceOf}. */
  readonly chance: Figures;
}

/** One true edge as it was answered. */
export interface EdgeReport {
  readonly child: string;
  /** The parent that was found. */
  readonly parent: string | null;
  readonly truth: readonly string[];
  readonly confidence: number;
  readonly evidence: readonly Evidence[];
}

export interface Evaluation {
  readonly trees: Readonly<Record<string, Metrics>>;
  readonly graphs: Readonly<Record<string, Metrics>>;
  readonly edges: readonly EdgeReport[];
}

const ECE_BINS = 10;

/** One graph's recovery against the truth: figures for the graph, for each of its trees, and every edge. */
export function evaluateGraph(graph: string, truth: readonly TrueModel[], recovered: Recovered): Evaluation {
  const found = new Map(recovered.models.map((entry) => [entry.model, entry]));
  for (const { model } of truth)
    assert(found.has(model), `an answer for every model expected, none found for ${model}`);
  const byTree = new Map<string, TrueModel[]>();
  for (const entry of truth) byTree.set(entry.tree, [...(byTree.get(entry.tree) ?? []), entry]);
  const measure = (models: readonly TrueModel[]): Metrics =>
    measureModels(models, found, recovered.direction);
  return {
    trees: Object.fromEntries([...byTree].map(([tree, models]) => [tree, measure(models)])),
    graphs: { [graph]: measure(truth) },
    edges: truth
      .filter(({ parents }) => parents.length > 0)
      .map((entry) => reportEdge(entry, found.get(entry.model)!)),
  };
}

/** Several graphs' evaluations as one. */
export function joinEvaluations(evaluations: readonly Evaluation[]): Evaluation {
  return {
    trees: Object.assign({}, ...evaluations.map(({ trees }) => trees)) as Evaluation['trees'],
    graphs: Object.assign({}, ...evaluations.map(({ graphs }) => graphs)) as Evaluation['graphs'],
    edges: evaluations.flatMap(({ edges }) => edges),
  };
}

function reportEdge(
  { model, parents }: TrueModel,
  { parent, confidence, evidence }: RecoveredModel,
): EdgeReport {
  return { child: model, parent, truth: parents, confidence, evidence };
}

type Found = ReadonlyMap<string, RecoveredModel>;

function measureModels(
  truth: readonly TrueModel[],
  found: Found,
  direction: Recovered['direction'],
): Metrics {
  const parentOf = (model: string): string | null => found.get(model)?.parent ?? null;
  const edges = truth.filter(({ parents }) => parents.length > 0);
  const roots = truth.filter(({ parents }) => parents.length === 0);
  const isRight = ({ model, parents }: TrueModel): boolean => {
    const parent = parentOf(model);
    return parents.length === 0 ? parent === null : parent !== null && parents.includes(parent);
  };
  const trueTree = truth.map(({ tree }) => tree);
  const foundTree = truth.map(({ model }) => rootOf(model, parentOf));
  const figures: Figures = {
    directed: share(edges, isRight),
    undirected: share(edges, (e) => isRight(e) || e.parents.some((parent) => parentOf(parent) === e.model)),
    rootsFound: share(roots, isRight),
    directionGivenPair: mean(
      edges.map(({ model, parents }) => credit(parents.map((p) => direction(p, model)))),
    ),
    ari: adjustedRandIndex(trueTree, foundTree),
    treesFound: treesFound(truth, found, foundTree),
    ece: calibrationError(
      truth.map((e) => ({ confidence: found.get(e.model)!.confidence, right: isRight(e) })),
    ),
  };
  return { ...figures, chance: chanceOf(truth, share(truth, isRight)) };
}

/** 1 where the evidence for any of the true parents points the right way, ½ where none says anything. */
function credit(directions: readonly number[]): number {
  const best = Math.max(...directions);
  return best > 0 ? 1 : best === 0 ? 0.5 : 0;
}

function rootOf(model: string, parentOf: (model: string) => string | null): string {
  const seen = new Set<string>();
  let root = model;
  for (let parent = parentOf(root); parent !== null; parent = parentOf(root)) {
    assert(!seen.has(root), `a forest expected, a cycle through ${root} found`);
    seen.add(root);
    root = parent;
  }
  return root;
}

/** A recovered tree counts with all its models, also those that are not asked about. */
function treesFound(truth: readonly TrueModel[], found: Found, foundTree: readonly string[]): number {
  const parentOf = (model: string): string | null => found.get(model)?.parent ?? null;
  const sizes = new Map<string, number>();
  for (const model of found.keys()) {
    const root = rootOf(model, parentOf);
    sizes.set(root, (sizes.get(root) ?? 0) + 1);
  }
  const roots = new Map<string, Set<string>>();
  const members = new Map<string, number>();
  truth.forEach(({ tree }, i) => {
    roots.set(tree, (roots.get(tree) ?? new Set()).add(foundTree[i]!));
    members.set(tree, (members.get(tree) ?? 0) + 1);
  });
  return share([...roots], ([tree, of]) => of.size === 1 && sizes.get([...of][0]!) === members.get(tree));
}

/** Hubert and Arabie's adjusted Rand index of two labelings. Two that put everything into one group, or each model into
 * its own, leave nothing to chance and agree: 1. */
export function adjustedRandIndex(left: readonly string[], right: readonly string[]): number {
  const pairs = (n: number): number => (n * (n - 1)) / 2;
  const sumPairs = (labels: readonly string[]): number =>
    [...countOf(labels).values()].reduce((sum, n) => sum + pairs(n), 0);
  const both = sumPairs(left.map((label, i) => JSON.stringify([label, right[i]])));
  const sumLeft = sumPairs(left);
  const sumRight = sumPairs(right);
  const all = pairs(left.length);
  const expected = all === 0 ? 0 : (sumLeft * sumRight) / all;
  const most = (sumLeft + sumRight) / 2;
  return most === expected ? 1 : (both - expected) / (most - expected);
}

/** Mean difference of confidence and accuracy over ten equal bins of confidence, each weighted by its answers. */
export function calibrationError(
  answers: readonly { readonly confidence: number; readonly right: boolean }[],
): number {
  const bins = Array.from({ length: ECE_BINS }, () => ({ gap: 0 }));
  for (const { confidence, right } of answers) {
    bins[Math.min(ECE_BINS - 1, Math.floor(confidence * ECE_BINS))]!.gap += confidence - (right ? 1 : 0);
  }
  return answers.length === 0 ? 0 : bins.reduce((sum, { gap }) => sum + Math.abs(gap), 0) / answers.length;
}

/**
 * What somebody reaches who guesses:
 * `directed`: who knows the true undirected trees and draws each root at random (0.914 on the paper's 21 nodes);
 * `undirected`: who draws a spanning tree of each tree's models at random, 2/n of the edges;
 * `rootsFound`: who draws one root a tree; `directionGivenPair`: who tosses a coin;
 * `ari` and `treesFound`: who draws the clusters at random, which is never right but where there is one tree alone;
 * `ece`: whose answers are right as often as ours (`accuracy`) and whose confidence is drawn uniformly.
 */
export function chanceOf(truth: readonly TrueModel[], accuracy: number): Figures {
  const trees = [...countOf(truth.map(({ tree }) => tree))];
  const edges = truth.filter(({ parents }) => parents.length > 0);
  const byTree = trees.map(([tree, size]) => {
    const models = truth.filter((entry) => entry.tree === tree);
    const edgesOfTree = models.filter(({ parents }) => parents.length > 0).length;
    return { size, edges: edgesOfTree, directed: edgesRightUnderRandomRoot(models) };
  });
  const perEdge = (figure: (tree: (typeof byTree)[number]) => number): number =>
    edges.length === 0 ? 1 : byTree.reduce((sum, tree) => sum + figure(tree), 0) / edges.length;
  const single = trees.length <= 1 ? 1 : 0;
  return {
    directed: perEdge((tree) => tree.directed),
    undirected: perEdge((tree) => tree.edges * Math.min(1, 2 / tree.size) || 0),
    rootsFound: mean(byTree.map(({ size }) => 1 / size)),
    directionGivenPair: 0.5,
    ari: single,
    treesFound: single,
    ece: (accuracy ** 2 + (1 - accuracy) ** 2) / 2,
  };
}

/**
 * Expected number of edges with the right direction when the root of the true undirected tree is drawn at random: an
 * edge is right unless the root falls among the child and its descendants. Of several parents the first makes the tree.
 */
function edgesRightUnderRandomRoot(models: readonly TrueModel[]): number {
  const parentOf = new Map(models.map(({ model, parents }) => [model, parents[0] ?? null]));
  const descendants = new Map(models.map(({ model }) => [model, 0]));
  for (const { model } of models) {
    const seen = new Set<string>();
    for (let up: string | null = model; up !== null && !seen.has(up); up = parentOf.get(up) ?? null) {
      seen.add(up);
      descendants.set(up, (descendants.get(up) ?? 0) + 1);
    }
  }
  const edges = models.filter(({ parents }) => parents.length > 0);
  return edges.reduce((sum, { model }) => sum + 1 - descendants.get(model)! / models.length, 0);
}

function countOf(labels: readonly string[]): Map<string, number> {
  const counts = new Map<string, number>();
  for (const label of labels) counts.set(label, (counts.get(label) ?? 0) + 1);
  return counts;
}

/** 1 of nothing: there was nothing to get wrong. */
function share<T>(items: readonly T[], isRight: (item: T) => boolean): number {
  return items.length === 0 ? 1 : items.filter(isRight).length / items.length;
}

function mean(figures: readonly number[]): number {
  return figures.length === 0 ? 1 : figures.reduce((sum, figure) => sum + figure, 0) / figures.length;
}
