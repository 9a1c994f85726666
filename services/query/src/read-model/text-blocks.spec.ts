import fc from 'fast-check';
import { SEED } from '../changes.testing';
import { TextBlocks } from './text-blocks';

describe('TextBlocks', () => {
  it('gives back every text, across blocks, arenas and the cache', () => {
    const line = fc.string({ unit: 'binary', maxLength: 80 }).map((text) => JSON.stringify(text));
    fc.assert(
      fc.property(fc.array(line, { maxLength: 25 }), fc.integer({ min: 1, max: 5 }), (texts, blockTexts) => {
        const blocks = new TextBlocks({ blockTexts, unpackedBlocksMax: 2, dictionary: '"a dictionary"' });
        for (const text of texts) blocks.append(text);
        expect(blocks.length).toBe(texts.length);
        for (const [i, text] of texts.entries()) expect(blocks.get(i)).toBe(text);
        for (const [i, text] of [...texts.entries()].reverse()) expect(blocks.get(i)).toBe(text);
      }),
      { seed: SEED, numRuns: 40 },
    );
  });

  it('is much smaller than its texts', () => {
    const blocks = new TextBlocks();
    let characters = 0;
    for (let i = 0; i < 1600; i++) {
      const text = JSON.stringify({
        seq: i,
        sentence: `Rows that turned more have grown more in org/model-${i}.`,
      });
      characters += text.length;
      blocks.append(text);
    }
    expect(blocks.packedBytes).toBeLessThan(characters / 4);
  });

  it('holds texts that no arena was made for', () => {
    const blocks = new TextBlocks({ blockTexts: 1 });
    const noise = (seed: number): string =>
      Array.from({ length: 200_000 }, (_, i) => Math.sin(seed + i * i)).join();
    for (let i = 0; i < 4; i++) blocks.append(noise(i));
    expect(blocks.packedBytes).toBeGreaterThan(4 << 20);
    for (let i = 0; i < 4; i++) expect(blocks.get(i)).toBe(noise(i));
  });

  it('refuses what would break its lines, and places that it does not have', () => {
    const blocks = new TextBlocks();
    expect(() => blocks.append('two\nlines')).toThrow('without line breaks');
    expect(() => blocks.get(0)).toThrow('index 0 is outside');
  });
});
