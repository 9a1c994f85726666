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

/** Where the first number stands in a dotted name, or null for a name without one. */
export function blockPath(name: string): BlockPath | null {
  const segments = name.split('.');
  const at = segments.findIndex(isNumber);
  return at < 0 ? null : { list: segments.slice(0, at).join('.'), entry: segments[at]! };
}

/**
 * Canonical names of block tensors, in the order given: all lose the longest dotted prefix that every one of them has
 * before the name of its block list. An encoder and a decoder side by side keep the parts that tell them apart.
 */
export function canonicalNames(names: readonly string[]): string[] {
  const wrappers = names.map((name) => (blockPath(name)?.list.split('.') ?? []).slice(0, -1));
  const first = wrappers[0] ?? [];
  const differs = first.findIndex((segment, at) => wrappers.some((wrapper) => wrapper[at] !== segment));
  const shared = differs < 0 ? first.length : differs;
  return names.map((name) => name.split('.').slice(shared).join('.'));
}

/** What a tensor does, whatever its depth: its canonical name with every number blanked. */
export function roleOf(canonicalName: string): string {
  return canonicalName
    .split('.')
    .map((segment) => (isNumber(segment) ? '#' : segment))
    .join('.');
}

/** The numbers in a name, outermost first: block, then expert or sub-layer. */
export function depthOf(canonicalName: string): number[] {
  return canonicalName.split('.').filter(isNumber).map(Number);
}

function isNumber(segment: string): boolean {
  return /^\d{1,9}$/.test(segment);
}
