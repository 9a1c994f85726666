import assert from 'node:assert/strict';
import {
  comparePair,
  crowdOf,
  DEFAULT_CONSTANTS,
  minimumArborescence,
  pooledLogOdds,
  pricePair,
  rootCost,
  type Candidates,
  type Constants,
  type PairFigures,
} from '@stemma/lineage';
import { toObservation } from '@stemma/sketch';
import { candidatesFromScratch } from '@stemma/store';
import type { SurvivingModel } from './live-set';

export interface FromScratchOptions {
  /** k of the candidate graph. */
  readonly candidatesMax: number;
  readonly constants?: Constants;
}

export interface ScratchForest {
  /** By repository: its parent's, null for a root and for a tombstone without a place. */
  readonly parents: ReadonlyMap<string, string | null>;
  /** Cost of the whole forest, tombstones included. */
  readonly totalCost: number;
}

/** Models of equal weights; the first stands for all. */
type Group = readonly [SurvivingModel, ...SurvivingModel[]];

/**
 * The forest of a set of models, computed at once: the candidates by their definition, the static optimum.
 * Slow and plain, it shares nothing with the index but the figures of a pair and its price: what the index must be equal to.
 */
export function forestFromScratch(
  models: readonly SurvivingModel[],
  options: FromScratchOptions,
): ScratchForest {
  const parents = new Map<string, string | null>();
  let totalCost = 0;
  for (const groups of groupsByArchitecture(models)) {
    const forest = solve(groups, options);
    totalCost += forest.totalCost;
    groups.forEach(([first, ...copies], node) => {
      const parent = forest.parents[node]!;
      const shown = forest.shown[node]!;
      parents.set(repoOf(first), parent === -1 || !shown ? null : repoOf(groups[parent]![0]));
      for (const copy of copies) parents.set(repoOf(copy), copy.tombstone ? null : repoOf(first));
    });
  }
  return { parents, totalCost };
}

const repoOf = ({ arrival }: SurvivingModel): string => arrival.event.data.repo;
const createdOf = ({ arrival }: SurvivingModel): number => Date.parse(arrival.event.data.createdAt);
const contentOf = ([{ arrival }]: Group): string => arrival.sketch.contentHash;

/** Groups in an order of content, so that nothing depends on the order of the models. */
function groupsByArchitecture(models: readonly SurvivingModel[]): Group[][] {
  const byArchitecture = new Map<string, Map<string, SurvivingModel[]>>();
  for (const model of models) {
    const { architecture, coordinates, contentHash } = model.arrival.sketch;
    const key = `${architecture}/${coordinates}`;
    const groups = byArchitecture.get(key) ?? new Map<string, SurvivingModel[]>();
    byArchitecture.set(key, groups);
    groups.set(contentHash, [...(groups.get(contentHash) ?? []), model]);
  }
  return [...byArchitecture.values()].map((groups) =>
    [...groups.values()]
      .map((members) => [...members].sort(standsFirst) as unknown as Group)
      .sort((x, y) => (contentOf(x) < contentOf(y) ? -1 : 1)),
  );
}

/** Living before dead, older before younger, then by name. */
const standsFirst = (x: SurvivingModel, y: SurvivingModel): number =>
  Number(x.tombstone) - Number(y.tombstone) ||
  createdOf(x) - createdOf(y) ||
  (repoOf(x) < repoOf(y) ? -1 : 1);

function solve(
  groups: readonly Group[],
  { candidatesMax, constants = DEFAULT_CONSTANTS }: FromScratchOptions,
): { parents: number[]; shown: boolean[]; totalCost: number } {
  const kin = kinOf(groups, candidatesMax, constants);
  const edges = kin.pairs.flatMap(({ a, b }) => {
    const { forward, backward } = pricePair(kin, a, b, contentOf(groups[a]!), contentOf(groups[b]!));
    return [
      { tail: a, head: b, cost: forward },
      { tail: b, head: a, cost: backward },
    ];
  });
  const rootCosts = groups.map((group, node) => rootCost(kin.pooled(node), contentOf(group), constants));
  const solution = minimumArborescence({
    nodes: groups.length,
    tails: Int32Array.from(edges, ({ tail }) => tail + 1),
    heads: Int32Array.from(edges, ({ head }) => head + 1),
    costs: Float64Array.from(edges, ({ cost }) => cost),
    rootCosts: Float64Array.from([0, ...rootCosts]),
  });
  const parents = Array.from(solution.parents.subarray(1), (parent) => parent - 1);
  const totalCost = parents.reduce((sum, parent, node) => {
    const edge = edges.find(({ tail, head }) => tail === parent && head === node);
    return sum + (edge?.cost ?? rootCosts[node]!);
  }, 0);
  return { parents, shown: shownOf(groups, parents), totalCost };
}

/** A node is shown where something living is in its subtree. */
function shownOf(groups: readonly Group[], parents: readonly number[]): boolean[] {
  const shown = groups.map(() => false);
  groups.forEach(([{ tombstone }], node) => {
    for (let at = node; !tombstone && at !== -1 && !shown[at]; at = parents[at]!) shown[at] = true;
  });
  return shown;
}

interface Kin extends Candidates {
  readonly pairs: readonly { readonly a: number; readonly b: number }[];
}

/** The kin among the candidate pairs. */
function kinOf(groups: readonly Group[], candidatesMax: number, constants: Constants): Kin {
  const figures = new Map<string, PairFigures>();
  const near = groups.map(() => [] as number[]);
  const observed = groups.map(([{ arrival }]) => toObservation(arrival.sketch));
  const pairs: { a: number; b: number }[] = [];
  for (const { a, b } of candidatesOf(groups, candidatesMax)) {
    const compared = comparePair(observed[a]!, observed[b]!, constants);
    if (compared.kinship !== 'kin') continue;
    pairs.push({ a, b });
    figures.set(`${a}:${b}`, compared);
    near[a]!.push(b);
    near[b]!.push(a);
  }
  const of = (a: number, b: number) => figures.get(a < b ? `${a}:${b}` : `${b}:${a}`);
  const distance = (a: number, b: number): number | null => of(a, b)?.distance ?? null;
  // Nodes are in the order of content, so they break ties.
  near.forEach((others, node) => others.sort((x, y) => distance(node, x)! - distance(node, y)! || x - y));
  const neighbours = (label: number): readonly number[] => near[label]!;
  const logOdds = (parent: number, child: number): number => {
    const found = of(parent, child);
    assert(found !== undefined, `${parent} and ${child} are no candidates`);
    return parent < child ? found.logOdds : 0 - found.logOdds;
  };
  const pooled = (label: number): number =>
    pooledLogOdds(near[label]!.map((other) => logOdds(label, other)).sort((x, y) => x - y));
  const crowd = (parent: number, child: number): number =>
    crowdOf({ constants, neighbours, distance }, parent, child);
  return { constants, pairs, neighbours, distance, logOdds, pooled, crowd };
}

function candidatesOf(groups: readonly Group[], candidatesMax: number): { a: number; b: number }[] {
  const models = groups.map((group, label) => ({
    label,
    content: contentOf(group),
    vector: group[0].arrival.sketch.fingerprint,
  }));
  return candidatesFromScratch(models, (a, b) => a < b, { k: candidatesMax }).pairs;
}
