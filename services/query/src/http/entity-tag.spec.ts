import { change, recordOf } from '../changes.testing';
import { ReadModel } from '../read-model/read-model';
import { entityTag, matches } from './entity-tag.interceptor';

describe('entity tags', () => {
  it.each([
    [undefined, false],
    ['', false],
    ['W/"7"', true],
    ['"7"', true],
    ['*', true],
    ['"6", W/"7"', true],
    ['W/"6"', false],
    ['W/"77"', false],
    ['7', false],
  ])('If-None-Match: %s', (sent, expected) => {
    expect(matches(sent, 'W/"7"')).toBe(expected);
  });

  it('tell states apart, also the same seq of another log', () => {
    const tagAfter = (time: string): string => {
      const model = new ReadModel();
      model.take([recordOf(change(1, 'a/root', null, { time }))]);
      return entityTag(model);
    };
    const tags = [
      entityTag(new ReadModel()),
      tagAfter('2026-01-01T00:00:00Z'),
      tagAfter('2026-01-01T00:00:01Z'),
    ];
    expect(new Set(tags).size).toBe(3);
  });
});
