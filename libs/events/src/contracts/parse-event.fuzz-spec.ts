import fc from 'fast-check';
import { parseEvent } from './parse-event';
import { goldenEvents } from './samples.testing';
import { TOPICS } from './topics';

const seed = Number(process.env.SEED ?? 20_260_301);
const runs = { seed, numRuns: 500 };
const golden = goldenEvents();

/** Paths to every value of a JSON tree. */
function paths(json: unknown, at: string[] = []): string[][] {
  if (typeof json !== 'object' || json === null) return [at];
  return [at, ...Object.entries(json).flatMap(([name, value]) => paths(value, [...at, name]))];
}

function replaced(json: unknown, [name, ...rest]: string[], value: unknown): unknown {
  if (name === undefined) return value;
  const copy = structuredClone(json) as Record<string, unknown>;
  copy[name] = replaced(copy[name], rest, value);
  return copy;
}

describe(`hostile events (SEED=${seed})`, () => {
  it('answers any text with an event or a reason', () => {
    const text = fc.oneof(fc.string({ unit: 'binary' }), fc.json());
    fc.assert(
      fc.property(fc.constantFrom(...TOPICS), text, (topic, input) => {
        expect(parseEvent(topic, input).type).toBe('rejected');
      }),
      runs,
    );
  });

  it.each(['[', '{"data":'])('answers a million levels of %s', (level) => {
    const text = level.repeat(1_000_000 / level.length);
    for (const topic of TOPICS) expect(parseEvent(topic, text).type).toBe('rejected');
  });

  it('answers any golden event with one value replaced, and what it accepts serialises to itself', () => {
    const any = fc.oneof(fc.anything(), fc.string({ maxLength: 2000 }), fc.double(), fc.constant(2 ** 53));
    const change = fc
      .constantFrom(...golden)
      .chain((event) => fc.tuple(fc.constant(event), fc.constantFrom(...paths(JSON.parse(event.text))), any));
    fc.assert(
      fc.property(change, ([{ topic, text }, path, value]) => {
        const sent = JSON.stringify(replaced(JSON.parse(text), path, value), (_, x: unknown) =>
          typeof x === 'bigint' ? String(x) : x,
        );
        const event = parseEvent(topic, sent ?? '');
        if (event.type === 'rejected') expect(event.detail.length).toBeLessThan(600);
        else expect(parseEvent(topic, JSON.stringify(event))).toEqual(event);
      }),
      runs,
    );
  });

  it('answers any golden text with a byte changed', () => {
    const change = fc.tuple(
      fc.constantFrom(...golden),
      fc.nat(),
      fc.string({ maxLength: 3, unit: 'binary' }),
    );
    fc.assert(
      fc.property(change, ([{ topic, text }, at, insert]) => {
        const place = at % text.length;
        const event = parseEvent(topic, text.slice(0, place) + insert + text.slice(place + 1));
        expect([topic, 'rejected']).toContain(event.type);
      }),
      runs,
    );
  });
});
