/** A partition in text, `topic/partition`; topics have no slash in their names. */
export type Place = string;

export interface Member {
  readonly id: string;
  /** What it has had until now. */
  readonly held: readonly Place[];
  /** What it would like to have, since it has its data at hand. */
  readonly preferred: readonly Place[];
}

/**
 * Deals partitions to the members of a group: everybody gets as many as anybody else, or one less, and as few as possible
 * move, since whoever gets one has to build its state. Where one must move, it goes to who asks for it. The same for the same
 * members and places, in whatever order they come.
 */
export function assign(members: readonly Member[], places: readonly Place[]): ReadonlyMap<string, Place[]> {
  const free = new Set([...places].sort());
  const keepers = keepersOf(members, free);
  const shares = new Map<string, Place[]>(members.map(({ id }) => [id, []]));
  const room = roomOf(keepers, places.length);
  const take = (id: string, place: Place): void => {
    if (!free.has(place) || shares.get(id)?.length === room.get(id)) return;
    free.delete(place);
    shares.get(id)?.push(place);
  };
  for (const [id, held] of keepers) for (const place of held) take(id, place);
  const sorted = [...members].sort(byId);
  for (const { id, preferred } of sorted) for (const place of [...preferred].sort()) take(id, place);
  for (const { id } of sorted) for (const place of [...free]) take(id, place);
  return shares;
}

const byId = (a: { id: string }, b: { id: string }): number => (a.id < b.id ? -1 : 1);

/** What each member may keep, what nobody else prefers first: that goes last. Of two that claim a place one has it. */
function keepersOf(members: readonly Member[], places: ReadonlySet<Place>): Map<string, Place[]> {
  const claimed = new Set<Place>();
  const keepers = [...members].sort(byId).map(({ id, held }): [string, Place[]] => {
    const own = [...held].sort().filter((place) => places.has(place) && !claimed.has(place));
    own.forEach((place) => claimed.add(place));
    const wantedByOthers = (place: Place): boolean =>
      members.some((other) => other.id !== id && other.preferred.includes(place));
    return [id, [...own.filter((place) => !wantedByOthers(place)), ...own.filter(wantedByOthers)]];
  });
  return new Map(keepers);
}

/** How many each gets; the odd ones go to those who have most to keep. */
function roomOf(keepers: ReadonlyMap<string, readonly Place[]>, places: number): Map<string, number> {
  const share = Math.floor(places / keepers.size);
  const odd = places % keepers.size;
  const most = [...keepers].sort(([a, held], [b, others]) => others.length - held.length || (a < b ? -1 : 1));
  return new Map(most.map(([id], i) => [id, i < odd ? share + 1 : share]));
}
