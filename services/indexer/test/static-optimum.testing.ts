import assert from 'node:assert/strict';
import {
  crowdOf,
  minimumArborescence,
  pooledLogOdds,
  pricePair,
  rootCost,
  type Candidates,
} from '@stemma/lineage';
import type { CandidatePair } from '@stemma/store';
import type { LineageIndex } from '../src/lineage-index';
import type { MemoryStore } from './memory-store.testing';

/** The forest over the pairs of the candidate table, all prices made anew and solved at once: label → parent. */
export function staticOptimum(store: MemoryStore, index: LineageIndex): Map<number, number | null> {
  const kin = store.candidateRows().filter(({ kinship }) => kinship === 'kin');
  const nodes = store.labels().filter((label) => index.representative(label) === label);
  const nodeOf = new Map(nodes.map((label, at) => [label, at + 1]));
  const contentOf = (label: number): string => index.model(label).contentHash;
  const candidates = candidatesOf(kin, index, contentOf);
  const edges = kin.flatMap(({ a, b }) => {
    const { forward, backward } = pricePair(candidates, a, b, contentOf(a), contentOf(b));
    return [
      { tail: nodeOf.get(a)!, head: nodeOf.get(b)!, cost: forward },
      { tail: nodeOf.get(b)!, head: nodeOf.get(a)!, cost: backward },
    ];
  });
  const rootCosts = nodes.map((label) =>
    rootCost(candidates.pooled(label), contentOf(label), candidates.constants),
  );
  const { parents } = minimumArborescence({
    nodes: nodes.length,
    tails: Int32Array.from(edges, ({ tail }) => tail),
    heads: Int32Array.from(edges, ({ head }) => head),
    costs: Float64Array.from(edges, ({ cost }) => cost),
    rootCosts: Float64Array.from([0, ...rootCosts]),
  });
  return new Map(
    nodes.map((label, at) => [label, parents[at + 1] === 0 ? null : nodes[parents[at + 1]! - 1]!]),
  );
}

function candidatesOf(
  kin: readonly CandidatePair[],
  { constants }: LineageIndex,
  contentOf: (label: number) => string,
): Candidates {
  const book = new Map<string, CandidatePair>();
  const near = new Map<number, number[]>();
  for (const pair of kin) {
    const { a, b } = pair;
    book.set(`${a}:${b}`, pair).set(`${b}:${a}`, pair);
    near.set(a, [...(near.get(a) ?? []), b]);
    near.set(b, [...(near.get(b) ?? []), a]);
  }
  const distance = (a: number, b: number): number | null => book.get(`${a}:${b}`)?.distance ?? null;
  for (const [label, others] of near)
    others.sort(
      (x, y) => distance(label, x)! - distance(label, y)! || (contentOf(x) < contentOf(y) ? -1 : 1),
    );
  const neighbours = (label: number): readonly number[] => near.get(label) ?? [];
  const logOdds = (parent: number, child: number): number => {
    const pair = book.get(`${parent}:${child}`);
    assert(pair !== undefined, `${parent} and ${child} are no candidates`);
    return pair.a === parent ? pair.logOdds : 0 - pair.logOdds;
  };
  const pooled = (label: number): number =>
    pooledLogOdds([...neighbours(label)].sort((x, y) => x - y).map((other) => logOdds(label, other)));
  const crowd = (parent: number, child: number): number =>
    crowdOf({ constants, neighbours, distance }, parent, child);
  return { constants, neighbours, distance, logOdds, crowd, pooled };
}
