import { DEAD, deadLetter, modelPublished, PUBLISHED, toRecord, type LogRecord } from '@stemma/events';
import { HUB_UNAVAILABLE, Publications } from './publications';

const origin = { source: '/stemma/test', time: '2026-01-01T00:00:00.000Z' };

function published(repo: string, sha: string, deleted = false): LogRecord {
  const data = { hub: 'zoo', repo, sha, createdAt: origin.time, deleted, files: [], claim: null };
  const event = modelPublished(data, origin);
  if (event.type === 'rejected') throw new Error(event.detail);
  const { key, value } = toRecord(event);
  return { topic: PUBLISHED, partition: 0, position: 0, key, value, time: 0 };
}

function failed(record: LogRecord, time: number, reason = HUB_UNAVAILABLE): LogRecord {
  const letter = toRecord(
    deadLetter({ record, service: 'sketcher', reason, detail: 'The hub is away.' }, origin),
  );
  return { topic: DEAD, partition: 0, position: 0, key: letter.key, value: letter.value, time };
}

const fold = (...records: LogRecord[]): Publications => {
  const publications = new Publications();
  for (const record of records) publications.fold(record);
  return publications;
};

describe('Publications', () => {
  const first = published('org/a', 'a1');

  it('knows the newest revision, and forgets what is deleted', () => {
    const publications = fold(
      first,
      published('org/a', 'a2'),
      published('org/b', 'b1'),
      published('org/b', 'b1', true),
    );
    expect([...publications.repositories()]).toEqual([['org/a', 'a2']]);
    expect(publications.has('org/a', 'a1')).toBe(false);
  });

  it('postpones what failed as often as it was published, whatever comes first', () => {
    const postponed = [{ repo: 'org/a', sha: 'a1', failures: 1, failedAtMs: 5 }];
    expect(fold(first, failed(first, 5)).postponed()).toEqual(postponed);
    expect(fold(failed(first, 5), first).postponed()).toEqual(postponed);
    expect(fold(first, failed(first, 5), first).postponed()).toEqual([]);
    expect(fold(first, failed(first, 5), first, failed(first, 9)).postponed()).toEqual([
      { repo: 'org/a', sha: 'a1', failures: 2, failedAtMs: 9 },
    ]);
  });

  it('does not try again what was refused for good, nor a revision that a newer one replaced', () => {
    expect(fold(first, failed(first, 5, 'no-weights')).postponed()).toEqual([]);
    expect(fold(first, failed(first, 5), published('org/a', 'a2')).postponed()).toEqual([]);
  });

  it('passes over what it cannot read', () => {
    expect(fold({ ...first, value: 'not json' }).size).toBe(0);
  });
});
