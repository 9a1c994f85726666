import type { LineageChanged } from './events';
import { checkEvent, EVENT_TEXT_MAX, parseEvent } from './parse-event';
import { goldenEvents, goldenText } from './samples.testing';
import { CHANGED, PUBLISHED, SKETCHED, TOPICS } from './topics';

type Loose = Record<string, unknown> & { data: Record<string, unknown> };
const published = (): Loose => JSON.parse(goldenText(PUBLISHED)) as Loose;
const sketched = (): Loose => JSON.parse(goldenText(SKETCHED)) as Loose;

describe('golden examples', () => {
  const oneVersion = goldenEvents().filter(({ name }) => !name.includes('.one-partition.'));

  it.each(oneVersion)('$name parses and serialises to itself', ({ topic, text }) => {
    expect(parseEvent(topic, text)).toEqual(JSON.parse(text));
  });

  it('has a change of before there were several partitions: it holds since its own time', () => {
    const text = goldenText(`${CHANGED}.one-partition`);
    const { data, ...envelope } = JSON.parse(text) as LineageChanged;
    expect(parseEvent(CHANGED, text)).toEqual({
      ...envelope,
      data: { ...data, publishedAt: data.time, validFrom: data.time },
    });
  });

  it('has one of every topic at least', () => {
    expect(new Set(goldenEvents().map(({ topic }) => topic))).toEqual(new Set(TOPICS));
  });
});

describe('parseEvent', () => {
  it('drops what it does not know', () => {
    const event = { ...published(), traceparent: '00-1', data: { ...published().data, likes: 3 } };
    expect(parseEvent(PUBLISHED, JSON.stringify(event))).toEqual(published());
  });

  it('gives no event a prototype of the sender', () => {
    const text = goldenText(PUBLISHED).replace('{', '{"__proto__":{"polluted":true},');
    const event = parseEvent(PUBLISHED, text);
    expect(Object.getPrototypeOf(event)).toBe(Object.prototype);
    expect(event).not.toHaveProperty('polluted');
  });

  it('refuses what is no JSON', () => {
    expect(parseEvent(PUBLISHED, '')).toMatchObject({ type: 'rejected', reason: 'not-json' });
    expect(parseEvent(PUBLISHED, '{"specversion":')).toMatchObject({ type: 'rejected', reason: 'not-json' });
  });

  it('refuses a text over its bound without parsing it', () => {
    const detail = `the event has ${EVENT_TEXT_MAX + 1} characters, at most ${EVENT_TEXT_MAX} are read`;
    expect(parseEvent(PUBLISHED, ' '.repeat(EVENT_TEXT_MAX + 1))).toEqual({
      type: 'rejected',
      reason: 'too-large',
      detail,
    });
  });

  it('refuses another event by name, a later version of the same one included', () => {
    expect(parseEvent(PUBLISHED, goldenText(SKETCHED))).toEqual({
      type: 'rejected',
      reason: 'wrong-type',
      detail: 'expected an event of type stemma.model.published.v1, found "stemma.model.sketched.v1"',
    });
    const later = { ...published(), type: 'stemma.model.published.v2' };
    expect(checkEvent(PUBLISHED, later)).toMatchObject({ reason: 'wrong-type' });
  });

  it('says where an event is malformed', () => {
    const event = { ...published(), data: { ...published().data, sha: '' } };
    expect(checkEvent(PUBLISHED, event)).toEqual({
      type: 'rejected',
      reason: 'malformed',
      detail: 'data.sha: Too small: expected string to have >=1 characters (and 1 more)',
    });
  });

  it.each([null, 3, 'text', [], {}, { type: 4 }, { specversion: '0.3' }])(
    'refuses %j as malformed',
    (json) => {
      expect(checkEvent(PUBLISHED, json)).toMatchObject({ type: 'rejected', reason: 'malformed' });
    },
  );

  it('takes the largest sketch, and none larger', () => {
    const largest = 'AAAA'.repeat(128 * 1024);
    const withSketch = (sketch: string): unknown => ({ ...sketched(), data: { ...sketched().data, sketch } });
    expect(checkEvent(SKETCHED, withSketch(largest)).type).toBe(SKETCHED);
    expect(checkEvent(SKETCHED, withSketch(`${largest}AAAA`)).type).toBe('rejected');
    expect(checkEvent(SKETCHED, withSketch('A_A=')).type).toBe('rejected');
  });

  it.each([
    ['a sketch of a deleted model', { deleted: true }],
    ['a sketch without its architecture', { architecture: null }],
    ['neither a sketch nor where there is one', { sketch: null, architecture: null }],
  ])('refuses %s', (_, change) => {
    const event = { ...sketched(), data: { ...sketched().data, ...change } };
    expect(checkEvent(SKETCHED, event)).toMatchObject({ type: 'rejected', reason: 'malformed' });
  });

  it('bounds lists', () => {
    const files = (count: number): unknown[] => new Array(count).fill({ path: 'a', size: 0, hash: null });
    const withFiles = (count: number): unknown => ({
      ...published(),
      data: { ...published().data, files: files(count) },
    });
    expect(checkEvent(PUBLISHED, withFiles(10_000)).type).toBe(PUBLISHED);
    expect(checkEvent(PUBLISHED, withFiles(10_001)).type).toBe('rejected');
  });
});

describe("a repository's name", () => {
  const parsed = (repo: string): string =>
    checkEvent(PUBLISHED, { ...published(), data: { ...published().data, repo } }).type;

  it.each(['a/b', 'zoo-ft/mae-lower-bold', 'A.B_c-1/.x', `${'o'.repeat(96)}/${'n'.repeat(96)}`])(
    '%s',
    (repo) => {
      expect(parsed(repo)).toBe(PUBLISHED);
    },
  );

  it.each([
    '',
    'a',
    '/a',
    'a/',
    'a/b/c',
    '../a',
    'a/..',
    'a..b/c',
    './a',
    'a/.',
    'a/b\n',
    'a b/c',
    'ä/b',
    `${'o'.repeat(97)}/n`,
  ])('not %j', (repo) => {
    expect(parsed(repo)).toBe('rejected');
  });
});
