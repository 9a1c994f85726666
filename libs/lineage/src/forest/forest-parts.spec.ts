import fc from 'fast-check';

import { Frontier } from './frontier';
import { capacityFor } from './grow';
import { EMPTY, LeftistHeaps } from './leftist-heaps';
import { SlackWindow } from './slack-window';
import { Stamps } from './stamps';

const SEED = Number(process.env.SEED ?? 1);

describe('LeftistHeaps', () => {
  it('gives the items of merged heaps in order, with what was added to each heap', () => {
    const heapContents = fc.array(
      fc.tuple(fc.integer({ min: -9, max: 9 }), fc.array(fc.integer({ min: 0, max: 50 }))),
    );
    const property = fc.property(heapContents, (contents) => {
      const heaps = new LeftistHeaps(contents.reduce((sum, [, keys]) => sum + keys.length, 0));
      let item = 0;
      let all = EMPTY;
      for (const [added, keys] of contents) {
        let heap = EMPTY;
        for (const key of keys) heap = heaps.merge(heap, heaps.single(item++, key));
        heaps.addToAll(heap, added);
        all = heaps.merge(all, heap);
      }
      const drained: number[] = [];
      for (; all !== EMPTY; all = heaps.withoutTop(all)) drained.push(heaps.keys[all]!);
      const expected = contents.flatMap(([added, keys]) => keys.map((key) => key + added));
      expect(drained).toEqual(expected.sort((a, b) => a - b));
    });
    fc.assert(property, { seed: SEED });
  });
});

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

describe('Stamps', () => {
  it('keeps sets apart when the numbers run out', () => {
    const stamps = new Stamps(4, 2 ** 31 - 3);
    const last = stamps.fresh(2);
    stamps.marks[2] = last + 1;
    const first = stamps.fresh(1);
    expect(first).toBe(1);
    expect(Array.from(stamps.marks)).toEqual([0, 0, 0, 0]);
  });
});

describe('SlackWindow', () => {
  it.each<[string, number[], number[], number]>([
    ['nothing known', [], [], 0],
    ['a lower bound', [3, -2], [], 3],
    ['an upper bound', [], [3, 9], 3],
    ['both', [10], [21], 18],
    ['one value', [10], [10], 10],
    ['no value', [10], [4], 10],
  ])('chooses with %s', (_, lows, highs, chosen) => {
    const window = new SlackWindow();
    for (const low of lows) window.atLeast(low);
    for (const high of highs) window.atMost(high);
    expect(window.choose()).toBe(chosen);
    expect(window.isEmpty()).toBe(Math.max(...lows) > Math.min(...highs));
  });
});

describe('capacityFor', () => {
  it('grows by half at least, to what is needed at least', () => {
    expect(capacityFor(3, 0)).toBe(16);
    expect(capacityFor(101, 100)).toBe(150);
    expect(capacityFor(1000, 100)).toBe(1000);
  });

  it('refuses lengths that no array will have', () => {
    expect(() => capacityFor(2 ** 31, 1)).toThrow(/2147483648 found/);
  });
});
