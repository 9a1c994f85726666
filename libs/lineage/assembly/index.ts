/* eslint-disable -- AssemblyScript: another language with the same suffix; `asc` checks it, tsc cannot */
// @ts-nocheck
// What comparing two models comes down to, in SIMD: inner products of their rows, log-determinants of their steps, and weighted
// sums over rows that turned.
//
// The order of summation is a contract shared with src/evidence/plain-kernel.ts and src/evidence/growth-sums.ts, so that both
// give the same bits: everything is float64, sums over the numbers of a row run through them in turn, and sums over rows are
// that over the even ones plus that over the odd ones. Samples are float32, row by row.
export { leastLogDeterminant } from './log-determinant';
export { tableMarks, tableProducts, tableSums } from './table-facts';
export { collectInto, collectRows, logMeans, splitRows } from './turned-rows';
export { growthSums } from './growth-sums';
