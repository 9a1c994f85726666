import { setImmediate as turn } from 'node:timers/promises';
import type { Label, LineageState } from './lineage-state';
import { takePage } from './page';

/** Names looked at before other requests get their turn: about a millisecond. */
const SLICE_NAMES = 4_000;

/** Shorter parts of a name are in too many others. */
const PART_LENGTH_MIN = 3;

/**
 * Up to `limit` names of living models that somebody who typed `wanted` may have meant: the same but for upper and lower
 * case, the same name at another organisation, one that contains it, or one a few typing errors away.
 */
export async function nearNames(state: LineageState, wanted: string, limit: number): Promise<string[]> {
  const target = wanted.toLowerCase();
  const errorsMax = Math.max(1, Math.min(4, Math.floor(target.length / 5)));
  let found: { name: string; errors: number }[] = [];
  for (let label = 0; label < state.rows; label++) {
    if (label % SLICE_NAMES === SLICE_NAMES - 1) await turn();
    if (!state.isLive(label)) continue;
    const name = state.name(label);
    const errors = unlikeness(name.toLowerCase(), target, errorsMax);
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
  for (let begin = 0; begin < state.rows; await turn()) {
    const bounds = { limit: limit - labels.length, lookedAtMax: SLICE_NAMES };
    const page = takePage(state.live(begin), bounds, (label) =>
      state.name(label).toLowerCase().includes(wanted),
    );
    labels.push(...page.taken);
    if (page.last === undefined) break;
    if (labels.length === limit) return { labels, more: true };
    begin = page.last + 1;
  }
  return { labels, more: false };
}

function best(found: { name: string; errors: number }[], limit: number): typeof found {
  return found.sort((a, b) => a.errors - b.errors || (a.name < b.name ? -1 : 1)).slice(0, limit);
}

/** Typing errors between two lower-case names; a half more for another organisation or a part of the name; undefined if too many. */
function unlikeness(name: string, target: string, errorsMax: number): number | undefined {
  if (name === target) return 0;
  const errors = editDistance(name, target, errorsMax);
  if (errors !== undefined) return errors;
  const wanted = lastPart(target);
  if (lastPart(name) === wanted) return errorsMax + 0.5;
  return wanted.length >= PART_LENGTH_MIN && name.includes(wanted) ? errorsMax + 1 : undefined;
}

function lastPart(name: string): string {
  return name.slice(name.lastIndexOf('/') + 1);
}

/** Levenshtein distance in the band of `max` around the diagonal; undefined where it is larger. O(max · length). */
export function editDistance(a: string, b: string, max: number): number | undefined {
  if (Math.abs(a.length - b.length) > max) return undefined;
  let row = Array.from({ length: b.length + 1 }, (_, j) => j);
  for (let i = 1; i <= a.length; i++) {
    const next = new Array<number>(b.length + 1).fill(max + 1);
    if (i <= max) next[0] = i;
    let least = next[0] as number;
    for (let j = Math.max(1, i - max); j <= Math.min(b.length, i + max); j++) {
      const replaced = (row[j - 1] as number) + Number(a[i - 1] !== b[j - 1]);
      next[j] = Math.min(replaced, (row[j] as number) + 1, (next[j - 1] as number) + 1);
      least = Math.min(least, next[j] as number);
    }
    if (least > max) return undefined;
    row = next;
  }
  const distance = row[b.length] as number;
  return distance <= max ? distance : undefined;
}
