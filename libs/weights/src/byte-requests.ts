/** Bytes [begin, end) of one weights file. */
export interface ByteRange {
  readonly file: number;
  readonly begin: number;
  readonly end: number;
}

export interface RequestLimits {
  /** No single request is longer. */
  readonly requestBytesMax: number;
  /** Bytes between two ranges that are worth reading along to save a request. */
  readonly gapBytesMax: number;
  /** All requests together; gaps are closed, smallest first, only while this holds. */
  readonly bytesMax: number;
}

/**
 * Turns ranges into the fewest requests within the limits: touching and overlapping ranges become one, small gaps are read along
 * while the budget allows, long stretches are cut. Requests come sorted by file and position and never overlap.
 */
export function mergeRanges(ranges: readonly ByteRange[], limits: RequestLimits): ByteRange[] {
  const touching = joinTouching(ranges);
  return joinTouching([...touching, ...affordableGaps(touching, limits)]).flatMap((range) =>
    cut(range, limits.requestBytesMax),
  );
}

export function totalBytes(ranges: readonly ByteRange[]): number {
  return ranges.reduce((sum, { begin, end }) => sum + end - begin, 0);
}

/** Sorted, without overlap, touching ones joined. */
export function joinTouching(ranges: readonly ByteRange[]): ByteRange[] {
  const joined: ByteRange[] = [];
  for (const range of [...ranges].sort((a, b) => a.file - b.file || a.begin - b.begin || a.end - b.end)) {
    const last = joined.at(-1);
    if (last !== undefined && last.file === range.file && range.begin <= last.end) {
      joined[joined.length - 1] = { ...last, end: Math.max(last.end, range.end) };
    } else joined.push(range);
  }
  return joined;
}

/** Bytes between neighbours in one file, smallest gaps first, as far as both limits go. */
function affordableGaps(ranges: readonly ByteRange[], { gapBytesMax, bytesMax }: RequestLimits): ByteRange[] {
  const gaps: ByteRange[] = [];
  for (let at = 1; at < ranges.length; at++) {
    const [before, after] = [ranges[at - 1]!, ranges[at]!];
    if (before.file === after.file) gaps.push({ file: before.file, begin: before.end, end: after.begin });
  }
  let left = bytesMax - totalBytes(ranges);
  const affordable: ByteRange[] = [];
  for (const gap of gaps.sort(
    (a, b) => a.end - a.begin - (b.end - b.begin) || a.file - b.file || a.begin - b.begin,
  )) {
    const bytes = gap.end - gap.begin;
    if (bytes > gapBytesMax || bytes > left) break;
    affordable.push(gap);
    left -= bytes;
  }
  return affordable;
}

/** Pieces of at most `bytesMax`, the last one shorter. */
function cut({ file, begin, end }: ByteRange, bytesMax: number): ByteRange[] {
  const pieces: ByteRange[] = [];
  for (let at = begin; at < end; at += bytesMax)
    pieces.push({ file, begin: at, end: Math.min(end, at + bytesMax) });
  return pieces;
}
