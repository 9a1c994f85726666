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
  const problems = problemsOf(settings, env);
  if (problems.length > 0) throw new UsageError(problems.join('\n'));
  const values = Object.entries(settings).map(([key, setting]) => [key, valueOf(setting, env)]);
  return Object.fromEntries(values) as Values<S>;
}

/** A sentence for every variable that is missing or wrong. */
export function problemsOf(settings: Settings, env: Env): string[] {
  return Object.values(settings).flatMap((setting) => {
    const { name, expected, fallback } = setting;
    const text = textOf(setting, env);
    if (text === '') return fallback === undefined ? [`${name} is missing: expected ${expected}`] : [];
    return setting.parse(text) === undefined
      ? [`${name} is ${shown(setting, text)}: expected ${expected}`]
      : [];
  });
}

function valueOf(setting: Setting<unknown>, env: Env): unknown {
  const text = textOf(setting, env);
  return text === '' ? setting.fallback?.value : setting.parse(text);
}

const textOf = ({ name }: Setting<unknown>, env: Env): string => env[name]?.trim() ?? '';

/** Quoted, escaped, cut to a readable length, and without the password of an address. */
function shown({ isSecret }: Setting<unknown>, text: string): string {
  if (isSecret) return 'not as it must be (it is not shown)';
  const open = text.replace(/\/\/[^/@]*@/g, '//…@');
  return JSON.stringify(open.length > SHOWN_MAX ? `${open.slice(0, SHOWN_MAX)}…` : open);
}
