import { change, family } from '../changes.testing';
import { PackedHistory } from './change-history';
import { placeAfter, type FeedPlace } from './feed-place';

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

describe('PackedHistory of several partitions', () => {
  const timeOf = (minute: number): string => `2026-05-04T12:${String(minute).padStart(2, '0')}:00.000Z`;
  /** Minutes of the changes of each partition. */
  const minutes = [[1, 4, 4, 9], [], [2, 4, 8]];

  function spread(order: readonly number[]): PackedHistory {
    const made = new PackedHistory();
    made.spreadOver(3);
    for (const partition of order) {
      const seq = (made.end[partition] ?? 0) + 1;
      const time = timeOf(minutes[partition]![seq - 1]!);
      made.append(change(seq, `org/m${partition}-${seq}`, null, { partition, time }));
    }
    return made;
  }

  const made = spread([0, 0, 2, 0, 0, 2, 2]);
  const from = (place: FeedPlace, limit = 100): string[] =>
    made.read(place, limit).map(({ partition, seq }) => `${partition}/${seq}`);

  it('goes by time, then by partition, whatever came first', () => {
    const inOrder = ['0/1', '2/1', '0/2', '0/3', '2/2', '2/3', '0/4'];
    expect(from([0, 0, 0])).toEqual(inOrder);
    const other = spread([2, 2, 2, 0, 0, 0, 0]).read([0, 0, 0], 100);
    expect(other).toEqual(made.read([0, 0, 0], 100));
    expect(from([2, 0, 1])).toEqual(['0/3', '2/2', '2/3', '0/4']);
    expect(from([4, 0, 0])).toEqual(['2/1', '2/2', '2/3']);
    expect(made.newest(3).map(({ partition, seq }) => `${partition}/${seq}`)).toEqual(inOrder.slice(-3));
    expect(made.end).toEqual([4, 0, 3]);
    expect(made.at(2, 3).model).toBe('org/m2-3');
  });

  it('is the same in pages of any size', () => {
    for (let limit = 1; limit < 9; limit++) {
      let place: FeedPlace = [0, 0, 0];
      const found: string[] = [];
      for (let page = made.read(place, limit); page.length > 0; page = made.read(place, limit)) {
        found.push(...page.map(({ partition, seq }) => `${partition}/${seq}`));
        place = placeAfter(place, page);
      }
      expect(found).toEqual(from([0, 0, 0]));
      expect(place).toEqual([4, 0, 3]);
    }
  });

  it('wakes whoever waits for any partition', async () => {
    const growing = spread([0, 2]);
    const waiting = growing.wait(growing.end, 60_000, new AbortController().signal);
    growing.append(change(1, 'org/new', null, { partition: 1 }));
    growing.wake();
    await expect(waiting).resolves.toBe(true);
    expect(growing.end).toEqual([1, 1, 1]);
  });
});
