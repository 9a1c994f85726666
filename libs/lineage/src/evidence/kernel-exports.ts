/** What assembly/index.ts exports, with addresses in its memory. */
export interface KernelExports {
  tableProducts(
    p: number,
    q: number,
    tensors: number,
    shapes: number,
    products: number,
    totals: number,
  ): void;
  tableSums(values: number, tensors: number, shapes: number, sums: number, finite: number): number;
  tableMarks(
    values: number,
    tensors: number,
    shapes: number,
    rowsMax: number,
    room: number,
    out: number,
  ): void;
  leastLogDeterminant(
    p: number,
    q: number,
    rows: number,
    stride: number,
    columns: number,
    factorP: number,
    factorQ: number,
    perUnit: number,
    floor: number,
    steps: number,
    moments: number,
  ): number;
  logMeans(means: number, rows: number, logs: number): void;
  collectInto(least: number, most: number, turns: number, growths: number, variances: number): void;
  collectRows(
    products: number,
    squaresP: number,
    squaresQ: number,
    logsP: number,
    logsQ: number,
    rows: number,
    perWidth: number,
    noise: number,
    rounding: number,
  ): number;
  splitRows(
    products: number,
    squaresP: number,
    squaresQ: number,
    logsP: number,
    logsQ: number,
    meansP: number,
    meansQ: number,
    rows: number,
    columns: number,
    residualMax: number,
    perWidth: number,
    noise: number,
    rounding: number,
    stills: number,
    out: number,
  ): number;
  growthSums(
    count: number,
    turns: number,
    growths: number,
    variances: number,
    ends: number,
    groups: number,
    perSquare: number,
    weights: number,
    squares: number,
    directions: number,
    out: number,
  ): void;
}
