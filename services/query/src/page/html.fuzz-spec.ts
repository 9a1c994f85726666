import fc from 'fast-check';
import { SEED } from '../changes.testing';
import { html } from './html';

describe('html', () => {
  it('lets nothing out of its place, whatever the text', () => {
    const hostile = fc.oneof(
      fc.string({ unit: 'binary' }),
      fc
        .array(fc.constantFrom('<', '>', '"', "'", '&', '`', '</p>', '<script>', '&lt;', '\u2028', '\0'))
        .map((parts) => parts.join('')),
    );
    fc.assert(
      fc.property(hostile, (text) => {
        const { text: made } = html`<p title="${text}">${[text, html`<b>${text}</b>`]}</p>`;
        const shape = /^<p title="([^<>"']*)">([^<>"']*)<b>([^<>"']*)<\/b><\/p>$/s.exec(made);
        expect(shape?.slice(1).map(decoded)).toEqual([text, text, text]);
      }),
      { seed: SEED, numRuns: 500 },
    );
  });

  it('keeps markup, joins lists and leaves out what is not there', () => {
    expect(html`<i>${[1, ' ', html`<b>2</b>`]}${null}${undefined}${false}</i>`.text).toBe(
      '<i>1 <b>2</b></i>',
    );
  });
});

function decoded(text: string): string {
  const characters: Record<string, string> = { lt: '<', gt: '>', quot: '"', '#39': "'", amp: '&' };
  return text.replace(/&([^;]+);/g, (_, name: string) => characters[name] ?? 'unknown');
}
