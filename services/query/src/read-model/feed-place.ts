/**
 * A place in the feed: of every partition, the seq of the last change that is known (0: none). The partitions come in no order
 * among each other, so one number cannot say how far somebody has read.
 */
export type FeedPlace = readonly number[];

export const beginningOf = (partitions: number): FeedPlace => new Array<number>(partitions).fill(0);

/** As clients get it and give it back: `13` of one partition, `13,7,0` of three. */
export const placeText = (place: FeedPlace): string => place.join(',');

/** In JSON it is a number where there is one partition: clients of before there were several count on it. */
export const placeJson = (place: FeedPlace): number | string =>
  place.length === 1 ? (place[0] as number) : placeText(place);

/** The other way; `0` is the beginning whatever the number of partitions. Null where the text is of another one. */
export function parsePlace(text: string, partitions: number): FeedPlace | null {
  if (text === '0') return beginningOf(partitions);
  const place = text.split(',').map(Number);
  return place.length === partitions ? place : null;
}

/** The place after some changes that follow `place`, in the order in which they were read. */
export function placeAfter(
  place: FeedPlace,
  changes: readonly { readonly partition: number; readonly seq: number }[],
): FeedPlace {
  const after = [...place];
  for (const { partition, seq } of changes) after[partition] = seq;
  return after;
}

/** The first partition in which `place` is behind the end; undefined where there is none. */
export function partitionBeyond(place: FeedPlace, end: FeedPlace): number | undefined {
  const partition = place.findIndex((seq, i) => seq > (end[i] ?? 0));
  return partition < 0 ? undefined : partition;
}

/** Whether there is something behind `place` in a feed that ends at `end`. */
export function isBefore(place: FeedPlace, end: FeedPlace): boolean {
  return end.some((seq, partition) => seq > (place[partition] ?? 0));
}
