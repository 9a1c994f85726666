import { badCursor } from './problem';

/** The longest name of a refused event (a topic, a partition, a position) fits. */
const CURSOR_CHARACTERS_MAX = 2_560;

/** Makes an opaque cursor of a route's name and where its page ended. */
export function cursor(route: string, ...place: (string | number)[]): string {
  return Buffer.from(JSON.stringify([route, ...place])).toString('base64url');
}

/**
 * Takes a cursor apart; undefined stays undefined.
 * @throws ProblemError 400 where it is not one that this route handed out.
 */
export function placeOf<T extends readonly ('string' | 'number')[]>(
  route: string,
  text: string | undefined,
  ...kinds: T
): { [K in keyof T]: T[K] extends 'string' ? string : number } | undefined {
  if (text === undefined) return undefined;
  const parts = text.length <= CURSOR_CHARACTERS_MAX ? decode(text) : undefined;
  const fits =
    Array.isArray(parts) &&
    parts[0] === route &&
    parts.length === kinds.length + 1 &&
    kinds.every((kind, i) => isPlace(parts[i + 1], kind));
  if (!fits) throw badCursor(`The cursor is not one that this route gave.`);
  return parts.slice(1) as { [K in keyof T]: T[K] extends 'string' ? string : number };
}

function isPlace(part: unknown, kind: 'string' | 'number'): boolean {
  return kind === 'string' ? typeof part === 'string' : Number.isSafeInteger(part) && (part as number) >= 0;
}

function decode(text: string): unknown {
  try {
    return JSON.parse(Buffer.from(text, 'base64url').toString('utf8'));
  } catch {
    return undefined;
  }
}
