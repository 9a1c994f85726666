import { recordOf, TestIndex, type Published } from './test-index.testing';
import { freshWeights, trained, type TestWeights } from './weights.testing';

/** A tree of thirty: every model hangs under one of those before it. */
const family: TestWeights[] = [freshWeights(1)];
for (let i = 1; i < 30; i++) family.push(trained(family[(5 * i) % family.length]!, i));

/** All arrive, some leave, two come back; the process starts anew in between. */
async function published(exactMax: number): Promise<Map<string, Published>> {
  const config = { candidatesMax: 4, exactMax };
  let index = await TestIndex.open(config);
  try {
    await index.deliver(...family.map((weights, at) => recordOf({ name: `m${at}`, weights, at: at + 1 })));
    index = await index.reopen(config);
    const gone = [3, 7, 11].map((name) => recordOf({ name: `m${name}`, weights: null, at: 40 + name }));
    await index.deliver(...gone);
    await index.deliver(recordOf({ name: 'm3', weights: family[3]!, at: 60 }));
    expect(index.parts.index.audit().violations).toEqual([]);
    return new Map([...(await index.published())].sort(([x], [y]) => (x < y ? -1 : 1)));
  } finally {
    await index.close();
  }
}

it('places the models of an architecture above exactMax as it does below, where the approximation misses nothing', async () => {
  expect(await published(8)).toEqual(await published(100));
}, 60_000);
