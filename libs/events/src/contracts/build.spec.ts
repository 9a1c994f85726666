import { deadLetter, isElsewhere, lineageChanged, modelPublished, modelSketched, toRecord } from './build';
import { type DeadLetter, type LineageChanged, type ModelPublished, type ModelSketched } from './events';
import { parseEvent } from './parse-event';
import { goldenText } from './samples.testing';
import { CHANGED, DEAD, PUBLISHED, SKETCHED } from './topics';

const golden = <T>(name: string): T => JSON.parse(goldenText(name)) as T;
const origin = { source: '/stemma/test', time: '2026-01-01T00:00:00Z' };

describe('builders', () => {
  it('name an event after its fact', () => {
    const published = golden<ModelPublished>(PUBLISHED);
    const { data, source, time } = published;
    expect(modelPublished(data, { source, time })).toEqual(published);
    expect(published.id).toBe(`${data.repo}@${data.sha}#published`);
    const sketched = golden<ModelSketched>(SKETCHED);
    expect(modelSketched(sketched.data, origin).id).toBe(`${data.repo}@${data.sha}#sketched`);
    const changed = golden<LineageChanged>(CHANGED);
    expect(lineageChanged(changed.data, origin).id).toBe(`${data.repo}@${data.sha}#reparented-7`);
  });

  it('give a deletion another id than the arrival of the same revision', () => {
    const arrival = golden<ModelPublished>(PUBLISHED);
    const deletion = golden<ModelPublished>(`${PUBLISHED}.deletion`);
    expect(deletion.data.sha).toBe(arrival.data.sha);
    expect(deletion.id).not.toBe(arrival.id);
  });

  it('name a notice that a model is indexed elsewhere', () => {
    const notice = golden<ModelSketched>(`${SKETCHED}.elsewhere`);
    const { data, source, time } = notice;
    expect(modelSketched(data, { source, time })).toEqual(notice);
    expect([golden<ModelSketched>(SKETCHED).data, data].map(isElsewhere)).toEqual([false, true]);
  });

  it('answer bad words of a hub with a reason', () => {
    const { data } = golden<ModelPublished>(PUBLISHED);
    expect(modelPublished({ ...data, repo: 'no-organisation' }, origin)).toEqual({
      type: 'rejected',
      reason: 'malformed',
      detail: 'data.repo: expected org/name',
    });
  });

  it('never build what nobody could read', () => {
    const { data } = golden<LineageChanged>(CHANGED);
    expect(() => lineageChanged({ ...data, confidence: 1.01 }, origin)).toThrow(/data\.confidence/);
  });
});

describe('deadLetter', () => {
  const record = { topic: PUBLISHED, partition: 2, position: 9, key: 'a/b', value: 'x', time: 0 };

  it('keeps the chain of causes', () => {
    const error = new Error('outer', { cause: new TypeError('inner', { cause: 'a string' }) });
    const { data, id } = deadLetter({ record, service: 'indexer', reason: 'r', detail: 'd', error }, origin);
    expect(id).toBe('stemma.model.published.v1/2/9#dead');
    expect(data.chain).toEqual(['Error: outer', 'TypeError: inner', "'a string'"]);
  });

  it('fits whatever the record was, and a chain that bites its tail', () => {
    const error = new Error('\u0000'.repeat(5000));
    error.cause = error;
    const worst = { ...record, key: '', value: '\u0000'.repeat(1 << 20) };
    const event = deadLetter(
      { record: worst, service: 's', reason: 'r', detail: 'x'.repeat(9999), error },
      origin,
    );
    expect(event.data.chain).toHaveLength(16);
    const { key, value } = toRecord(event);
    expect(key).toBe('');
    expect(Buffer.byteLength(value)).toBeLessThan(1 << 20);
    expect(parseEvent(DEAD, value)).toEqual(event);
  });
});

describe('toRecord', () => {
  it.each([
    [PUBLISHED, 'acme/base-chat'],
    [SKETCHED, `${golden<ModelSketched>(SKETCHED).data.architecture}/acme/base-chat`],
    [`${SKETCHED}.deletion`, '-/acme/base-chat#deleted'],
    [`${SKETCHED}.elsewhere`, '-/acme/base-chat#elsewhere'],
    [CHANGED, 'acme/base-chat'],
    [DEAD, 'acme/broken'],
  ])('%s goes under %s', (name, key) => {
    const event = golden<ModelPublished | ModelSketched | LineageChanged | DeadLetter>(name);
    expect(toRecord(event)).toEqual({ key, value: JSON.stringify(event) });
  });
});
