import { setImmediate as turn } from 'node:timers/promises';
import type { Label, LineageState, ListEntry } from './lineage-state';
import { takePage } from './page';

/** Names looked at before other requests get their turn: about a millisecond. */
const SLICE_NAMES = 4_000;

/** Shorter parts of a name are in too many others. */
const PART_LENGTH_MIN = 3;

/**
 * Up to `limit` names of living models that somebody who typed `wanted` may have meant: the same but for upper and lower
 * case, one a few typing errors away, the same name at another organisation, or one that contains it. Names are ASCII.
 */
export async function nearNames(state: LineageState, wanted: string, limit: number): Promise<string[]> {
  const likeness = new Likeness(wanted);
  let found: { name: string; errors: number }[] = [];
  for (let label = 0; label < state.rows; label++) {
    if (label % SLICE_NAMES === SLICE_NAMES - 1) await turn();
    if (!state.isLive(label)) continue;
    const name = state.name(label);
    const errors = likeness.errors(name);
    if (errors === undefined) continue;
    found.push({ name, errors });
    if (found.length > 16 * limit) found = best(found, limit);
  }
  return best(found, limit).map(({ name }) => name);
}

/** The first `limit` living models with `part` in their name, upper or lower case. */
export async function namesWith(
  state: LineageState,
  part: string,
  limit: number,
): Promise<{ labels: Label[]; more: boolean }> {
  const wanted = part.toLowerCase();
  const labels: Label[] = [];
  for (let begin: ListEntry = 0; ; await turn()) {
    const bounds = { limit: limit - labels.length, lookedAtMax: SLICE_NAMES };
    const page = takePage(state.live(begin), bounds, (label) =>
      state.name(label).toLowerCase().includes(wanted),
    );
    labels.push(...page.taken);
    if (page.last === undefined) return { labels, more: false };
    if (labels.length === limit) return { labels, more: true };
    begin = state.entryAfter(page.last);
  }
}

function best(found: { name: string; errors: number }[], limit: number): typeof found {
  return found.sort((a, b) => a.errors - b.errors || (a.name < b.name ? -1 : 1)).slice(0, limit);
}

class Likeness {
  readonly #distance: EditDistance;
  readonly #errorsMax: number;
  readonly #part: RegExp | undefined;
  readonly #lastPart: string;

  constructor(target: string) {
    this.#errorsMax = Math.max(1, Math.min(4, Math.floor(target.length / 5)));
    this.#distance = new EditDistance(target, this.#errorsMax);
    this.#lastPart = target.slice(target.lastIndexOf('/') + 1).toLowerCase();
    const literal = this.#lastPart.replace(/[^a-z0-9]/g, '\\$&');
    this.#part = this.#lastPart.length >= PART_LENGTH_MIN ? new RegExp(literal, 'i') : undefined;
  }

  /** Typing errors; a half more than the most for another organisation, one more for a part of the name; undefined if unlike. */
  errors(name: string): number | undefined {
    const errors = this.#distance.to(name);
    if (errors !== undefined) return errors;
    if (!this.#part?.test(name)) return undefined;
    const isSameName = name.length - name.lastIndexOf('/') - 1 === this.#lastPart.length;
    return isSameName ? this.#errorsMax + 0.5 : this.#errorsMax + 1;
  }
}

/** Levenshtein distance to one target, upper and lower case being equal, in the band of `max` around the diagonal. */
export class EditDistance {
  readonly #target: Uint16Array;
  #row: Uint16Array;
  #next: Uint16Array;

  constructor(
    target: string,
    private readonly max: number,
  ) {
    this.#target = Uint16Array.from({ length: target.length }, (_, i) => lower(target.charCodeAt(i)));
    this.#row = new Uint16Array(target.length + 2);
    this.#next = new Uint16Array(target.length + 2);
  }

  /** The distance; undefined where it is larger than `max`. O(max · length). */
  to(text: string): number | undefined {
    const { max } = this;
    const target = this.#target;
    const width = target.length;
    if (Math.abs(text.length - width) > max) return undefined;
    for (let j = 0; j <= Math.min(width, max); j++) this.#row[j] = j;
    for (let i = 1; i <= text.length; i++) {
      const [row, next] = [this.#row, this.#next];
      const code = lower(text.charCodeAt(i - 1));
      const begin = Math.max(1, i - max);
      const end = Math.min(width, i + max);
      // Cells beside the band are out of reach: more than `max`.
      next[begin - 1] = begin === 1 && i <= max ? i : max + 1;
      if (i + max <= width) row[end] = max + 1;
      let least = next[begin - 1] as number;
      for (let j = begin; j <= end; j++) {
        const replaced = (row[j - 1] as number) + (target[j - 1] === code ? 0 : 1);
        const cell = Math.min(replaced, (row[j] as number) + 1, (next[j - 1] as number) + 1);
        next[j] = cell;
        if (cell < least) least = cell;
      }
      if (least > max) return undefined;
      [this.#row, this.#next] = [next, row];
    }
    const distance = this.#row[width] as number;
    return distance <= max ? distance : undefined;
  }
}

function lower(code: number): number {
  return code >= 65 && code <= 90 ? code | 32 : code;
}
