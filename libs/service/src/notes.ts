import { inspect, types } from 'node:util';

export type NoteLevel = 'info' | 'warning' | 'error';

/** What a process tells whoever runs it: a line each, never with a secret in it. */
export type Notes = (level: NoteLevel, message: string, fields?: Readonly<Record<string, unknown>>) => void;

export type NoteFormat = 'text' | 'json';

/** Notes as lines of text for people, or of JSON for what collects them. */
export function noteLines(
  service: string,
  format: NoteFormat,
  write: (line: string) => void,
  now: () => Date = () => new Date(),
): Notes {
  return (level, message, fields = {}) => {
    const time = now().toISOString();
    if (format === 'json') return write(`${JSON.stringify({ time, level, service, message, ...fields })}\n`);
    const rest = Object.entries(fields).map(([key, value]) => ` ${key}=${plain(value)}`);
    write(`${time} ${service} ${level}: ${message}${rest.join('')}\n`);
  };
}

/** What is said of an error: what a person can mend in a sentence, a fault of ours with its stack. */
export function describeError(error: unknown): string {
  if (!types.isNativeError(error)) return inspect(error, { depth: 2 });
  return 'retryable' in error ? error.message : inspect(error);
}

const plain = (value: unknown): string =>
  typeof value === 'string' && /^[\w.:/@#-]+$/.test(value) ? value : JSON.stringify(value);
