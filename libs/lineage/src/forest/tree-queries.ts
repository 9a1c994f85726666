import assert from 'node:assert/strict';

/**
 * Questions to a forest given as a map from each label to its parent, 0 for a root. Every walk is bounded by the size of
 * the map, so that a cycle, which cannot be, fails an assertion instead of running for ever. A label that is not in the
 * map fails one too.
 */
export type ParentMap = ReadonlyMap<number, number>;

/** The children of each label that has any, ascending; those of 0 are the roots. O(n log n), to be kept by the caller. */
export type ChildMap = ReadonlyMap<number, readonly number[]>;

const ROOT = 0;

export interface Descendant {
  readonly label: number;
  /** 1 for a child. */
  readonly depth: number;
}

export interface DescendantBounds {
  /** Generations below the label. */
  readonly depthMax?: number;
  readonly descendantsMax?: number;
}

export function childrenByParent(parents: ParentMap): ChildMap {
  const children = new Map<number, number[]>();
  for (const label of [...parents.keys()].sort((a, b) => a - b)) {
    const parent = parentOf(parents, label);
    const siblings = children.get(parent);
    if (siblings === undefined) children.set(parent, [label]);
    else siblings.push(label);
  }
  return children;
}

/** Nearest first; empty for a root. */
export function ancestors(parents: ParentMap, label: number): number[] {
  const found: number[] = [];
  for (let at = parentOf(parents, label); at !== ROOT; at = parentOf(parents, at)) {
    assert(
      found.length < parents.size,
      `at most ${parents.size} ancestors of ${label} expected, a cycle found`,
    );
    found.push(at);
  }
  return found;
}

/** The root of the tree that the label is in: itself, if it is one. */
export function rootOf(parents: ParentMap, label: number): number {
  return ancestors(parents, label).at(-1) ?? label;
}

/** Ascending. */
export function roots(parents: ParentMap): number[] {
  return [...parents.keys()].filter((label) => parents.get(label) === ROOT).sort((a, b) => a - b);
}

/** Breadth first, siblings ascending. */
export function descendants(children: ChildMap, label: number, bounds: DescendantBounds = {}): Descendant[] {
  const { depthMax = Infinity, descendantsMax = Infinity } = bounds;
  const found: Descendant[] = [];
  const seen = new Set([label]);
  const open: Descendant[] = [{ label, depth: 0 }];
  for (const { label: at, depth } of open) {
    if (depth >= depthMax) break;
    for (const child of children.get(at) ?? []) {
      if (found.length >= descendantsMax) return found;
      if (seen.has(child)) assert.fail(`each descendant of ${label} once expected, ${child} found again`);
      seen.add(child);
      const descendant = { label: child, depth: depth + 1 };
      found.push(descendant);
      open.push(descendant);
    }
  }
  return found;
}

/** The nearest label that both descend from or are; null where they are in different trees. */
export function lowestCommonAncestor(parents: ParentMap, a: number, b: number): number | null {
  const aboveA = new Set([a, ...ancestors(parents, a)]);
  return [b, ...ancestors(parents, b)].find((label) => aboveA.has(label)) ?? null;
}

/** The labels from a to b along the tree, both ends included; null where they are in different trees. */
export function path(parents: ParentMap, a: number, b: number): number[] | null {
  const meeting = lowestCommonAncestor(parents, a, b);
  if (meeting === null) return null;
  const upTo = (label: number): number[] => {
    const climb = [label, ...ancestors(parents, label)];
    return climb.slice(0, climb.indexOf(meeting));
  };
  return [...upTo(a), meeting, ...upTo(b).reverse()];
}

/** How many labels each label's subtree has, itself included. Leaves are taken off one by one: O(n), no recursion. */
export function subtreeSizes(parents: ParentMap): Map<number, number> {
  const openChildren = new Map<number, number>();
  const sizes = new Map<number, number>();
  for (const [label, parent] of parents) {
    sizes.set(label, 1);
    openChildren.set(parent, (openChildren.get(parent) ?? 0) + 1);
  }
  const done = [...parents.keys()].filter((label) => !openChildren.has(label));
  for (const label of done) {
    const parent = parentOf(parents, label);
    if (parent === ROOT) continue;
    if (!sizes.has(parent)) assert.fail(`a known parent of ${label} expected, ${parent} found`);
    sizes.set(parent, (sizes.get(parent) ?? 0) + (sizes.get(label) ?? 0));
    const open = (openChildren.get(parent) ?? 0) - 1;
    openChildren.set(parent, open);
    if (open === 0) done.push(parent);
  }
  assert(
    done.length === parents.size,
    `${parents.size} labels below roots expected, ${done.length} found: a cycle`,
  );
  return sizes;
}

function parentOf(parents: ParentMap, label: number): number {
  const parent = parents.get(label);
  if (parent === undefined) assert.fail(`a label of the forest expected, ${label} found`);
  return parent;
}
