import { UsageError } from './usage-error';

/** Environment variables by name; an empty one counts as missing, as compose files write it. */
export type Env = Readonly<Record<string, string | undefined>>;

/** One environment variable that a process reads. */
export interface Setting<T> {
  readonly name: string;
  /** For people: what may stand there, with an example. */
  readonly expected: string;
  /** What stands for a missing one; undefined where it must be there. */
  readonly fallback: { readonly value: T } | undefined;
  /** Never shown, also where it is wrong. */
  readonly isSecret: boolean;
  /** Undefined where the text is not what is expected. */
  parse(text: string): T | undefined;
}

/** The settings of a process by the names that its code uses. */
export type Settings = Readonly<Record<string, Setting<unknown>>>;

/** The typed values of settings. */
export type Values<S extends Settings> = {
  readonly [K in keyof S]: S[K] extends Setting<infer T> ? T : never;
};

const SHOWN_MAX = 80;

/** Reads all settings. Throws one {@link UsageError} with a line for everything that is wrong, values of secrets left out. */
export function readSettings<S extends Settings>(settings: S, env: Env): Values<S> {
  const problems: string[] = [];
  const values: Record<string, unknown> = {};
  for (const [key, setting] of Object.entries(settings)) {
    const text = env[setting.name]?.trim() ?? '';
    if (text === '') {
      if (setting.fallback === undefined)
        problems.push(`${setting.name} is missing: expected ${setting.expected}`);
      values[key] = setting.fallback?.value;
      continue;
    }
    values[key] = setting.parse(text);
    if (values[key] === undefined)
      problems.push(`${setting.name} is ${shown(setting, text)}: expected ${setting.expected}`);
  }
  if (problems.length > 0) throw new UsageError(problems.join('\n'));
  return values as Values<S>;
}

/** Quoted, escaped, cut to a readable length, and without the password of an address. */
function shown({ isSecret }: Setting<unknown>, text: string): string {
  if (isSecret) return 'not as it must be (it is not shown)';
  const open = text.replace(/\/\/[^/@]*@/g, '//…@');
  return JSON.stringify(open.length > SHOWN_MAX ? `${open.slice(0, SHOWN_MAX)}…` : open);
}
