/**
 * Canonical names (DESIGN 3.1). A block is an entry of a numbered list of layers: in `bert.encoder.layer.3.output.dense.weight`
 * the block list is `bert.encoder.layer` and the entry 3. What stands before the list is a wrapper: the same model is
 * published as `bert.encoder.layer.…`, `encoder.layer.…` or `model.bert.encoder.layer.…`, depending on who saved it.
 */
export interface BlockPath {
  /** Dotted path of the list, its own name included; empty where the number comes first. */
  readonly list: string;
  readonly entry: string;
}

/** A path segment that is a number, with the dot before it. */
const NUMBER = /(^|\.)\d{1,9}(?=\.|$)/;

/** Where the first number stands in a dotted name, or null for a name without one. */
export function blockPath(name: string): BlockPath | null {
  const found = NUMBER.exec(name);
  if (found === null) return null;
  const end = found.index + found[0].length;
  return { list: name.slice(0, found.index), entry: name.slice(found.index + found[1]!.length, end) };
}

/**
 * Canonical names of block tensors, in the order given: all lose the longest dotted prefix that every one of them has
 * before the name of its block list. An encoder and a decoder side by side keep the parts that tell them apart.
 */
export function canonicalNames(names: readonly string[]): string[] {
  let shared: string | null = null;
  for (const name of names) {
    const wrapper = parentOf(blockPath(name)?.list ?? '');
    shared ??= wrapper;
    while (shared !== '' && wrapper !== shared && !wrapper.startsWith(`${shared}.`))
      shared = parentOf(shared);
  }
  const cut = shared === null || shared === '' ? 0 : shared.length + 1;
  return names.map((name) => name.slice(cut));
}

/** What a tensor does, whatever its depth: its canonical name with every number blanked. */
export function roleOf(canonicalName: string): string {
  return canonicalName.replace(new RegExp(NUMBER, 'g'), '$1#');
}

/** The numbers in a name, outermost first: block, then expert or sub-layer. */
export function depthOf(canonicalName: string): number[] {
  return Array.from(canonicalName.matchAll(new RegExp(NUMBER, 'g')), ([found]) =>
    Number(found.replace('.', '')),
  );
}

function parentOf(path: string): string {
  return path.slice(0, Math.max(0, path.lastIndexOf('.')));
}
