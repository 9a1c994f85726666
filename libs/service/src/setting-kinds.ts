import { resolve } from 'node:path';
import type { Setting } from './settings';

/** `fallback` stands for a missing variable; without one it must be there. */
interface Fallback<T> {
  readonly fallback?: T;
}

interface Kind<T> {
  readonly expected: string;
  readonly isSecret?: boolean;
  parse(text: string): T | undefined;
}

/** Text that matches a pattern. `expected` says in words what that is. */
export function text<T extends string | null = string>(
  name: string,
  options: Fallback<T> & { readonly pattern: RegExp; readonly expected: string; readonly isSecret?: boolean },
): Setting<string | T> {
  const { pattern, expected, isSecret = false } = options;
  const parse = (found: string): string | undefined => (pattern.test(found) ? found : undefined);
  return setting<string | T>(name, options, { expected, isSecret, parse });
}

/** A whole number in decimal, from `min` to `max`. */
export function integer<T extends number | null = number>(
  name: string,
  options: Fallback<T> & { readonly min: number; readonly max: number },
): Setting<number | T> {
  const { min, max } = options;
  const parse = (found: string): number | undefined => {
    const value = Number(found);
    return /^\d{1,15}$/.test(found) && value >= min && value <= max ? value : undefined;
  };
  return setting<number | T>(name, options, { expected: `a whole number from ${min} to ${max}`, parse });
}

/** A number between 0 and 1, both included. */
export function share(name: string, options: Fallback<number>): Setting<number> {
  const parse = (found: string): number | undefined =>
    /^(0?\.\d{1,9}|[01](\.0{1,9})?)$/.test(found) ? Number(found) : undefined;
  return setting(name, options, { expected: 'a number from 0 to 1 such as 0.1', parse });
}

/** One of some words. */
export function oneOf<W extends string>(
  name: string,
  words: readonly W[],
  options: Fallback<W> = {},
): Setting<W> {
  const parse = (found: string): W | undefined => words.find((word) => word === found);
  return setting(name, options, { expected: words.join(', ').replace(/, ([^,]*)$/, ' or $1'), parse });
}

const UNIT_MS: Readonly<Record<string, number>> = { ms: 1, s: 1_000, m: 60_000, h: 3_600_000, d: 86_400_000 };

/** A length of time with its unit (`250ms`, `30s`, `10m`, `24h`), in milliseconds; 0 needs none. */
export function durationMs<T extends number | null = number>(
  name: string,
  options: Fallback<T> & { readonly minMs?: number; readonly maxMs: number },
): Setting<number | T> {
  const { minMs = 0, maxMs } = options;
  const parse = (found: string): number | undefined => {
    const [, amount, unit = ''] = /^(\d{1,9})(ms|s|m|h|d)?$/.exec(found) ?? [];
    const ms = amount === '0' ? 0 : Number(amount) * (UNIT_MS[unit] ?? NaN);
    return ms >= minMs && ms <= maxMs ? ms : undefined;
  };
  const range = `${minMs / 1_000}s to ${maxMs / 1_000}s`;
  return setting<number | T>(name, options, {
    expected: `a time such as 500ms, 30s or 10m, ${range}`,
    parse,
  });
}

/** An instant in ISO 8601, as ISO in UTC. */
export function instant(name: string, options: Fallback<null>): Setting<string | null> {
  const parse = (found: string): string | undefined => {
    const ms = Date.parse(found);
    return /^\d{4}-\d\d-\d\d/.test(found) && !Number.isNaN(ms) ? new Date(ms).toISOString() : undefined;
  };
  return setting<string | null>(name, options, {
    expected: 'a time such as 2026-01-31T00:00:00Z',
    parse,
  });
}

/** `host:port`, separated by commas, each once. */
export function brokerList(name: string): Setting<readonly string[]> {
  const parse = (found: string): readonly string[] | undefined => {
    const brokers = found.split(',').map((broker) => broker.trim());
    const areGood = brokers.every(isBroker) && new Set(brokers).size === brokers.length;
    return areGood ? brokers : undefined;
  };
  return setting(
    name,
    {},
    {
      expected: 'host:port of one broker or more, separated by commas, such as kafka-1:9092,kafka-2:9092',
      parse,
    },
  );
}

function isBroker(text: string): boolean {
  const [, port] = /^(?:[\w.-]{1,253}|\[[\da-fA-F:.]{2,45}\]):(\d{1,5})$/.exec(text) ?? [];
  return port !== undefined && Number(port) >= 1 && Number(port) <= 65_535;
}

/** How Kafka is told who we are. */
export type SaslLogin =
  | { readonly mechanism: 'plain'; readonly username: string; readonly password: string }
  | { readonly mechanism: 'scram-sha-256'; readonly username: string; readonly password: string }
  | { readonly mechanism: 'scram-sha-512'; readonly username: string; readonly password: string };

/** `mechanism:user:password` in one secret; null without one. */
export function saslLogin(name: string): Setting<SaslLogin | null> {
  const parse = (found: string): SaslLogin | undefined => {
    const [, mechanism, username, password] =
      /^(plain|scram-sha-256|scram-sha-512):([^:]+):(.+)$/.exec(found) ?? [];
    if (username === undefined || password === undefined) return undefined;
    return { mechanism: mechanism as SaslLogin['mechanism'], username, password };
  };
  const expected = 'mechanism:user:password, the mechanism plain, scram-sha-256 or scram-sha-512';
  return setting<SaslLogin | null>(name, { fallback: null }, { expected, isSecret: true, parse });
}

/** An absolute http(s) address without a trailing slash. */
export function httpUrl(name: string, options: Fallback<null>): Setting<string | null> {
  const parse = (found: string): string | undefined =>
    /^https?:\/\//.test(found) && URL.canParse(found) ? found.replace(/\/+$/, '') : undefined;
  return setting<string | null>(name, options, { expected: 'an http(s) address', parse });
}

/** A folder, relative to where the process was started. */
export function folder(name: string, options: Fallback<string> = {}): Setting<string> {
  const parse = (found: string): string => resolve(found);
  return setting(name, options, { expected: 'a folder that this process may write to', parse });
}

function setting<T>(name: string, options: Fallback<T>, { isSecret = false, ...kind }: Kind<T>): Setting<T> {
  const fallback = 'fallback' in options ? { value: options.fallback as T } : undefined;
  return { name, isSecret, fallback, ...kind };
}
