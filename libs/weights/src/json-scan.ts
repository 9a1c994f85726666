/**
 * One pass over JSON text before it is parsed: `JSON.parse` keeps the last of two equal keys without a word, and
 * builds whatever nesting it is given. Two readers that keep different ones of two equal keys see different models.
 *
 * The scan answers for well-formed JSON; whether the text is well-formed is left to `JSON.parse` afterwards.
 */
export interface JsonScanLimits {
  readonly depthMax: number;
  /** Keys of any one object. */
  readonly keysMax: number;
}

export type JsonScan =
  | { readonly type: 'sound' }
  | { readonly type: 'duplicate-key'; readonly key: string }
  | { readonly type: 'too-deep' }
  | { readonly type: 'too-many-keys' };

/** Linear time; memory is bounded by the keys of the objects that are open, hence by `keysMax` and `depthMax`. */
export function scanJson(text: string, { depthMax, keysMax }: JsonScanLimits): JsonScan {
  const open: Set<string>[] = [];
  for (let at = 0; at < text.length; at++) {
    const char = text.charCodeAt(at);
    if (char === OPEN_BRACE || char === OPEN_BRACKET) {
      if (open.length === depthMax) return { type: 'too-deep' };
      open.push(new Set());
    } else if (char === CLOSE_BRACE || char === CLOSE_BRACKET) {
      open.pop();
    } else if (char === QUOTE) {
      const end = stringEnd(text, at);
      const keys = open.at(-1);
      if (keys !== undefined && isFollowedByColon(text, end)) {
        const key = unescaped(text.slice(at, end));
        if (keys.has(key)) return { type: 'duplicate-key', key };
        if (keys.size === keysMax) return { type: 'too-many-keys' };
        keys.add(key);
      }
      at = end - 1;
    }
  }
  return { type: 'sound' };
}

const QUOTE = 0x22;
const BACKSLASH = 0x5c;
const COLON = 0x3a;
const OPEN_BRACE = 0x7b;
const CLOSE_BRACE = 0x7d;
const OPEN_BRACKET = 0x5b;
const CLOSE_BRACKET = 0x5d;

/** Index just after the closing quote of the string that opens at `begin`; the end of the text where none closes it. */
function stringEnd(text: string, begin: number): number {
  for (let at = begin + 1; at < text.length; at++) {
    const char = text.charCodeAt(at);
    if (char === BACKSLASH) at++;
    else if (char === QUOTE) return at + 1;
  }
  return text.length;
}

/** In well-formed JSON a string is a key exactly when a colon follows it. */
function isFollowedByColon(text: string, at: number): boolean {
  while (at < text.length && text.charCodeAt(at) <= 0x20) at++;
  return text.charCodeAt(at) === COLON;
}

/** Keys are compared as what they mean: `"a"` and `"\u0061"` are one key. */
function unescaped(literal: string): string {
  if (!literal.includes('\\')) return literal.slice(1, -1);
  try {
    return JSON.parse(literal) as string;
  } catch {
    return literal;
  }
}
