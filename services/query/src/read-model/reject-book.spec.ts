import { deadLetter } from '@stemma/events';
import { TIME } from '../changes.testing';
import { RejectBook } from './reject-book';

function letter(position: number, key: string, reason: string) {
  const record = { topic: 'stemma.model.published.v1', partition: 0, position, key, value: '{}', time: 0 };
  return deadLetter(
    { record, service: 'sketcher', reason, detail: `about ${key}` },
    { source: '/test', time: TIME },
  );
}

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
