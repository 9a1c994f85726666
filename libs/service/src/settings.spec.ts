import fc from 'fast-check';
import {
  brokerList,
  durationMs,
  folder,
  httpUrl,
  instant,
  integer,
  oneOf,
  saslLogin,
  share,
  text,
} from './setting-kinds';
import { readSettings, type Setting } from './settings';
import { UsageError } from './usage-error';

const read = <T>(setting: Setting<T>, found?: string): T =>
  readSettings({ one: setting }, { [setting.name]: found }).one;

const problemsOf = (work: () => unknown): string[] => {
  try {
    work();
  } catch (error) {
    expect(error).toBeInstanceOf(UsageError);
    return (error as Error).message.split('\n');
  }
  return [];
};

describe('readSettings', () => {
  const settings = {
    brokers: brokerList('BROKERS'),
    port: integer('PORT', { min: 0, max: 65_535, fallback: 4280 }),
    token: text('TOKEN', { pattern: /^hf_\w+$/, expected: 'a token', fallback: null, isSecret: true }),
    format: oneOf('FORMAT', ['text', 'json', 'none'], { fallback: 'text' }),
    pause: durationMs('PAUSE', { maxMs: 60_000 }),
  };

  it('gives typed values, with what stands for the missing and the empty', () => {
    const values = readSettings(settings, { BROKERS: 'a:1, b:2', PAUSE: '5s', FORMAT: '' });
    expect(values).toEqual({
      brokers: ['a:1', 'b:2'],
      port: 4280,
      token: null,
      format: 'text',
      pause: 5_000,
    });
  });

  it('lists everything that is wrong in one error, and what was expected', () => {
    const env = { BROKERS: 'kafka', PORT: '99999', TOKEN: 'secret-word', FORMAT: 'xml' };
    expect(problemsOf(() => readSettings(settings, env))).toEqual([
      'BROKERS is "kafka": expected host:port of one broker or more, separated by commas, such as kafka-1:9092,kafka-2:9092',
      'PORT is "99999": expected a whole number from 0 to 65535',
      'TOKEN is not as it must be (it is not shown): expected a token',
      'FORMAT is "xml": expected text, json or none',
      'PAUSE is missing: expected a time such as 500ms, 30s or 10m, 0s to 60s',
    ]);
  });

  it('shows no password of an address, and cuts what is long', () => {
    const url = httpUrl('URL', { fallback: null });
    expect(problemsOf(() => read(url, 'ftp://me:pass@host/'))[0]).toMatch(/^URL is "ftp:\/\/…@host\/":/);
    expect(problemsOf(() => read(url, 'x'.repeat(10_000)))[0]!.length).toBeLessThan(200);
  });

  it('says so of any text, and throws nothing else', () => {
    const all = {
      ...settings,
      url: httpUrl('URL', { fallback: null }),
      since: instant('SINCE', { fallback: null }),
    };
    const names = Object.values(all).map(({ name }) => name);
    fc.assert(
      fc.property(fc.dictionary(fc.constantFrom(...names), fc.string({ unit: 'binary' })), (env) => {
        const problems = problemsOf(() => readSettings(all, env));
        for (const problem of problems) expect(problem).toMatch(/^[A-Z]+ is .*: expected /);
      }),
      { seed: Number(process.env.SEED ?? 6), numRuns: 2_000 },
    );
  });
});

describe('kinds of settings', () => {
  it.each([
    ['kafka:9092', ['kafka:9092']],
    ['10.0.0.1:1,[::1]:65535', ['10.0.0.1:1', '[::1]:65535']],
  ])('takes %s for brokers', (found, expected) => expect(read(brokerList('B'), found)).toEqual(expected));

  it.each(['kafka', 'kafka:0', 'kafka:65536', 'a:1,,b:2', 'a:1,a:1', 'http://a:1', 'a:1;b:2'])(
    'takes %s for no brokers',
    (found) => expect(problemsOf(() => read(brokerList('B'), found))).toHaveLength(1),
  );

  it.each([
    ['0', 0],
    ['250ms', 250],
    ['10m', 600_000],
    ['1d', 86_400_000],
  ])('reads the time %s', (found, ms) =>
    expect(read(durationMs('T', { maxMs: 86_400_000 }), found)).toBe(ms),
  );

  it.each(['10', '-1s', '1.5s', '25h', '1w'])('takes %s for no time', (found) =>
    expect(problemsOf(() => read(durationMs('T', { maxMs: 86_400_000 }), found))).toHaveLength(1),
  );

  it('bounds numbers', () => {
    const count = integer('N', { min: 1, max: 12 });
    expect([read(count, '1'), read(count, '012')]).toEqual([1, 12]);
    for (const bad of ['0', '13', '1e1', '0x1', '-1', '1.0'])
      expect(problemsOf(() => read(count, bad))).toHaveLength(1);
    const ratio = share('R', {});
    expect([read(ratio, '0'), read(ratio, '0.25'), read(ratio, '1')]).toEqual([0, 0.25, 1]);
    for (const bad of ['1.1', '-0', '2', '1e-1']) expect(problemsOf(() => read(ratio, bad))).toHaveLength(1);
  });

  it('takes a login apart and never shows it', () => {
    const login = saslLogin('SASL');
    expect(read(login)).toBeNull();
    expect(read(login, 'scram-sha-512:me:a:b')).toEqual({
      mechanism: 'scram-sha-512',
      username: 'me',
      password: 'a:b',
    });
    expect(problemsOf(() => read(login, 'gssapi:me:hunter2'))[0]).toMatch(
      /^SASL is not as it must be.*plain/,
    );
    expect(problemsOf(() => read(login, 'gssapi:me:hunter2'))[0]).not.toMatch(/hunter2/);
  });

  it('reads instants, addresses and folders', () => {
    expect(read(instant('S', { fallback: null }), '2026-01-31')).toBe('2026-01-31T00:00:00.000Z');
    expect(problemsOf(() => read(instant('S', { fallback: null }), 'yesterday'))).toHaveLength(1);
    expect(read(httpUrl('U', { fallback: null }), 'http://collector:4318/')).toBe('http://collector:4318');
    expect(read(folder('D'), '/var/lib/../stemma')).toBe('/var/stemma');
  });
});
