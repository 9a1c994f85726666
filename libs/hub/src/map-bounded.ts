/** Maps with at most `atOnceMax` calls in flight; results keep the order of the items. The first failure ends it. */
export async function mapBounded<Item, Result>(
  items: readonly Item[],
  atOnceMax: number,
  map: (item: Item) => Promise<Result>,
): Promise<Result[]> {
  const results = new Array<Result>(items.length);
  const entries = items.entries();
  let failed = false;
  const work = async () => {
    for (const [at, item] of entries) {
      if (failed) return;
      try {
        results[at] = await map(item);
      } catch (error) {
        failed = true;
        throw error;
      }
    }
  };
  await Promise.all(Array.from({ length: Math.min(atOnceMax, items.length) }, work));
  return results;
}
