// Typed arrays are read with `!` here: every index is bounded by the array's own length.

/** Median of a list that is not empty; changes its order. */
export function median(values: Float64Array): number {
  const middle = values.length >> 1;
  select(values, middle);
  if (values.length % 2 === 1) return values[middle]!;
  let below = values[0]!;
  for (let i = 1; i < middle; i++) if (values[i]! > below) below = values[i]!;
  return (below + values[middle]!) / 2;
}

/** Puts the number of a rank in its place, smaller ones before and larger ones behind it (Hoare's FIND). */
function select(values: Float64Array, rank: number): void {
  let left = 0;
  let right = values.length - 1;
  while (left < right) {
    const pivot = values[rank]!;
    let i = left;
    let k = right;
    while (i <= k) {
      while (values[i]! < pivot) i++;
      while (pivot < values[k]!) k--;
      if (i > k) break;
      const smaller = values[k]!;
      values[k--] = values[i]!;
      values[i++] = smaller;
    }
    if (k < rank) left = i;
    if (rank < i) right = k;
  }
}
