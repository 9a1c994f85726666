export interface PageBounds {
  readonly limit: number;
  /** Items looked at for one page: what bounds the work where few are accepted. */
  readonly lookedAtMax: number;
}

export interface Page<T> {
  readonly taken: T[];
  /** The last item looked at, where there are more behind it. */
  readonly last: T | undefined;
}

export function takePage<T>(
  items: Iterable<T>,
  bounds: PageBounds,
  accept: (item: T) => boolean = () => true,
): Page<T> {
  const taken: T[] = [];
  let last: T | undefined;
  let lookedAt = 0;
  for (const item of items) {
    if (taken.length === bounds.limit || lookedAt === bounds.lookedAtMax) return { taken, last };
    lookedAt++;
    last = item;
    if (accept(item)) taken.push(item);
  }
  return { taken, last: undefined };
}
