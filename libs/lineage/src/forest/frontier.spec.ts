import fc from 'fast-check';

import { Frontier } from './frontier';

const SEED = Number(process.env.SEED ?? 1);

describe('Frontier', () => {
  it('settles nodes by distance, then hops, each once with its least label', () => {
    const labels = fc.array(fc.record({ node: fc.nat(9), distance: fc.nat(5), hops: fc.nat(3) }), {
      minLength: 1,
    });
    const property = fc.property(labels, (pushed) => {
      const frontier = new Frontier(10);
      frontier.clear();
      for (const { node, distance, hops } of pushed) frontier.relax(node, distance, hops, 0, 0);
      const settled: (readonly [distance: number, hops: number, node: number])[] = [];
      for (frontier.prune(); frontier.topDistance() < Infinity; frontier.prune()) {
        settled.push([frontier.topDistance(), frontier.topHops(), frontier.topNode()]);
        frontier.settleTop();
      }
      const least = new Map<number, readonly [distance: number, hops: number]>();
      for (const { node, distance, hops } of pushed) {
        const known = least.get(node);
        if (known === undefined || distance < known[0] || (distance === known[0] && hops < known[1]))
          least.set(node, [distance, hops]);
      }
      expect(new Map(settled.map(([distance, hops, node]) => [node, [distance, hops]]))).toEqual(least);
      const keys = settled.map(([distance, hops]) => distance * 10 + hops);
      expect(keys).toEqual(keys.toSorted((a, b) => a - b));
    });
    fc.assert(property, { seed: SEED });
  });

  it('forgets all labels when cleared', () => {
    const frontier = new Frontier(3);
    frontier.clear();
    frontier.relax(1, 5, 0, 0, 0);
    frontier.prune();
    frontier.settleTop();
    frontier.clear();
    expect(frontier.hasLabel(1)).toBe(false);
    expect(frontier.relax(1, 7, 0, 0, 0)).toBe(true);
    expect(frontier.relax(1, 7, 0, 0, 0)).toBe(false);
  });
});
