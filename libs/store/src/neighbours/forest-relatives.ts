/** What the index needs to know of the current forest: who hangs on whom. */
export interface Descent {
  parent(label: number): number | null;
  children(label: number): Iterable<number>;
}

export const NO_DESCENT: Descent = { parent: () => null, children: () => [] };

/**
 * The hits with their families: each hit, its parent, its children and its siblings, without duplicates, at most
 * `labelsMax` of them, the families of the first hits first. A large family is walked once, however many of its
 * members were hit.
 */
export function withRelatives(hits: Iterable<number>, descent: Descent, labelsMax: number): Set<number> {
  const found = new Set<number>();
  const centres = new Set<number>();
  for (const hit of hits) {
    found.add(hit);
    const parent = descent.parent(hit);
    if (parent !== null) centres.add(parent);
    centres.add(hit);
  }
  for (const centre of centres) {
    if (found.size >= labelsMax) break;
    found.add(centre);
    for (const child of descent.children(centre)) {
      if (found.size >= labelsMax) break;
      found.add(child);
    }
  }
  return found;
}
