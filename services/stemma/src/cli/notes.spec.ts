import { stripVTControlCharacters } from 'node:util';
import * as notes from './notes';
import { counted, type Note } from './notes';

const note = (i: number): Note => ({
  model: `model-${i}`,
  reason: 'header-truncated',
  detail: 'The header says it ends at byte 1280, but the file has 1000 bytes and no more of them.',
});

/** Without the colours, which CI systems and terminals are given. */
const plain = (lines: string[]): string[] => lines.map(stripVTControlCharacters);
const renderLeftOut = (...given: Parameters<typeof notes.renderLeftOut>): string[] =>
  plain(notes.renderLeftOut(...given));
const renderRemarks = (...given: Parameters<typeof notes.renderRemarks>): string[] =>
  plain(notes.renderRemarks(...given));

describe('notes on models', () => {
  it('fit the terminal, further lines indented', () => {
    const [text] = renderLeftOut([note(1)], 80);
    const lines = text!.split('\n');
    expect(lines[0]).toMatch(/^model-1 was left out: header-truncated\. The header/);
    expect(lines.length).toBeGreaterThan(1);
    for (const line of lines.slice(1)) expect(line).toMatch(/^ {2}\S/);
    expect(Math.max(...lines.map((line) => line.length))).toBeLessThanOrEqual(80);
    expect(text!.replace(/\n /g, '')).toContain(note(1).detail);
  });

  it('leave the reason out where the sentence is all there is to say', () => {
    expect(renderRemarks([{ ...note(1), detail: 'It is odd.' }], 80)).toEqual(['model-1: It is odd.']);
  });

  it('are fifty at most, and count the rest', () => {
    const many = Array.from({ length: 60 }, (_, i) => note(i));
    expect(renderLeftOut(many, 80)).toHaveLength(51);
    expect(renderLeftOut(many, 80).at(-1)).toBe('10 more were left out: --json has them all.');
    expect(renderLeftOut(many, 80, 1_000).at(-1)).toMatch(/^950 more/);
    expect(renderRemarks(many, 80).at(-1)).toMatch(/^10 more have remarks/);
  });

  it('count in words that agree', () => {
    expect([counted(0, 'model'), counted(1, 'model'), counted(2, 'tree')]).toEqual([
      '0 models',
      '1 model',
      '2 trees',
    ]);
  });
});
