import { family } from '../changes.testing';
import { PackedHistory } from './change-history';

function history(count: number): PackedHistory {
  const models = Array.from({ length: count }, (_, i) => [`org/m${i}`, null] as const);
  const made = new PackedHistory();
  for (const change of family(Object.fromEntries(models))) made.append(change);
  return made;
}

describe('PackedHistory', () => {
  it('reads ranges by seq', () => {
    const changes = history(40);
    const seqs = (after: number, limit: number): number[] =>
      changes.read([after], limit).map(({ seq }) => seq);
    expect(seqs(0, 3)).toEqual([1, 2, 3]);
    expect(seqs(38, 10)).toEqual([39, 40]);
    expect(seqs(40, 10)).toEqual([]);
    expect(seqs(99, 10)).toEqual([]);
    expect(changes.read([16], 1)[0]?.json).toBe(JSON.stringify(changes.at(0, 17)));
    expect(changes.at(0, 17).model).toBe('org/m16');
  });

  it('refuses a gap', () => {
    const changes = history(1);
    expect(() => changes.append({ ...changes.at(0, 1), seq: 3 })).toThrow('expected change 2, got 3');
  });

  it('does not wait for what is there', async () => {
    await expect(history(2).wait([1], 60_000, new AbortController().signal)).resolves.toBe(true);
  });

  it('wakes when a change comes, and not by a wake without one', async () => {
    const changes = history(1);
    const waiting = changes.wait([1], 60_000, new AbortController().signal);
    changes.wake();
    changes.append({ ...changes.at(0, 1), seq: 2 });
    changes.wake();
    await expect(waiting).resolves.toBe(true);
  });

  it('stops waiting when the time is up or the caller goes away', async () => {
    const changes = history(1);
    await expect(changes.wait([1], 20, new AbortController().signal)).resolves.toBe(false);
    const gone = new AbortController();
    const waiting = changes.wait([1], 60_000, gone.signal);
    gone.abort();
    await expect(waiting).resolves.toBe(false);
  });
});
