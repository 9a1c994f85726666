import { deadLetter, PUBLISHED, SKETCHED } from '@stemma/events';
import { TIME } from '../changes.testing';
import type { LetterPlace } from './letter-list';
import { RejectBook, type Indexed } from './reject-book';

function letter(position: number, key: string, reason: string, value = '{}', topic: string = PUBLISHED) {
  const record = { topic, partition: 0, position, key, value, time: 0 };
  return deadLetter(
    { record, service: 'sketcher', reason, detail: `about ${key}` },
    { source: '/test', time: TIME },
  );
}

const indexed = (revision: string, publishedAt = 0): Indexed => ({ revision, publishedAt });

describe('RejectBook', () => {
  const book = new RejectBook();
  beforeAll(() => {
    for (let i = 0; i < 25; i++) book.addLetter(letter(i, `org/m${i}`, i % 5 === 0 ? 'gated' : 'no-weights'));
  });

  it('counts by reason, the most frequent first', () => {
    expect(JSON.stringify(book.counts)).toBe('{"no-weights":20,"gated":5}');
    expect(book.count).toBe(25);
  });

  it('pages from the newest to the oldest', () => {
    const first = book.page(10);
    const second = book.page(10, first.next!);
    const third = book.page(10, second.next!);
    const models = [first, second, third].flatMap(({ rejects }) => rejects.map(({ model }) => model));
    expect(models).toEqual(Array.from({ length: 25 }, (_, i) => `org/m${24 - i}`));
    expect(third.next).toBeNull();
  });

  it('pages through one reason', () => {
    const first = book.page(3, undefined, 'gated');
    const second = book.page(3, first.next!, 'gated');
    expect([...first.rejects, ...second.rejects].map(({ model }) => model)).toEqual(
      [20, 15, 10, 5, 0].map((i) => `org/m${i}`),
    );
    expect(second.next).toBeNull();
    expect(book.page(3, undefined, 'never-seen')).toEqual({ rejects: [], next: null });
  });

  it('takes a letter once, and knows the newest about a model', () => {
    expect(book.addLetter(letter(3, 'org/m3', 'no-weights'))).toBe('seen');
    expect(book.addLetter(letter(99, 'arch-key/org/m3', 'gated'))).toBe('added');
    expect(book.of('org/m3')).toMatchObject({ reason: 'gated', event: 'stemma.model.published.v1/0/99' });
    expect(book.of('org/unheard-of')).toBeUndefined();
  });

  it('lists a letter that nobody can read', () => {
    const record = {
      topic: 'stemma.dead.v1',
      partition: 0,
      position: 7,
      key: 'org/odd',
      value: '{',
      time: 0,
    };
    book.addUnreadable(record, 'the event is not JSON');
    expect(book.of('org/odd')).toMatchObject({ reason: 'unreadable-letter', event: 'stemma.dead.v1/0/7' });
  });
});

describe('a reject that is settled', () => {
  const about = (sha: string): string =>
    `{"specversion":"1.0","id":"org/m@${sha}#published","data":{"sketch":"AAAA`;

  it('is no longer shown nor counted once its revision is indexed', () => {
    const book = new RejectBook();
    book.addLetter(letter(1, 'org/m', 'hub-unavailable', about('aaa')));
    book.addLetter(letter(2, 'org/other', 'no-weights'));
    book.settle('org/m', indexed('bbb'));
    expect(book.count).toBe(2);
    book.settle('org/m', indexed('aaa'));
    expect(book.page(10).rejects.map(({ model }) => model)).toEqual(['org/other']);
    expect([book.count, book.letters, book.counts]).toEqual([1, 2, { 'no-weights': 1 }]);
    expect(book.of('org/m')).toBeUndefined();
  });

  it('is settled as well where the index was quicker than the letter', () => {
    const book = new RejectBook();
    book.addLetter(letter(1, 'arch/org/m', 'malformed', about('aaa'), SKETCHED), indexed('aaa'));
    expect([book.count, book.letters]).toEqual([0, 1]);
  });

  it('is settled by a later revision of the model, where it says since when its own holds', () => {
    const since = Date.parse(TIME);
    const book = new RejectBook();
    book.addLetter(letter(1, 'org/m', 'gated', `{"id":"org/m@aaa#published","time":"${TIME}"`));
    book.settle('org/m', indexed('bbb', since - 1));
    expect(book.count).toBe(1);
    book.settle('org/m', indexed('bbb', since + 1));
    expect([book.count, book.of('org/m')]).toEqual([0, undefined]);
  });

  it('gives way to a later letter about the same model', () => {
    const book = new RejectBook();
    book.addLetter(letter(1, 'org/m', 'gated', about('aaa')));
    book.addLetter(letter(2, 'org/m', 'no-weights', about('bbb')));
    expect(book.counts).toEqual({ 'no-weights': 1 });
    expect(book.page(10).rejects.map(({ reason }) => reason)).toEqual(['no-weights']);
  });

  it('leaves every other one on some page', () => {
    const book = new RejectBook();
    for (let i = 0; i < 30; i++) book.addLetter(letter(i, `org/m${i}`, 'gated', about(`r${i}`)));
    for (let i = 0; i < 30; i += 3) book.settle(`org/m${i}`, indexed(`r${i}`));
    const found: string[] = [];
    let before: LetterPlace | null | undefined;
    while (before !== null) {
      const page = book.page(4, before, 'gated');
      found.push(...page.rejects.map(({ model }) => model));
      before = page.next;
    }
    const open = Array.from({ length: 30 }, (_, i) => 29 - i).filter((i) => i % 3 !== 0);
    expect(found).toEqual(open.map((i) => `org/m${i}`));
  });
});
