import { accuracy } from './accuracy';
import { evidence } from './evidence';
import { layers } from './layers';
import type { AnyReport } from './report';
import { distances, scores } from './scores';
import { siblings } from './siblings';
import { rowsPerTensor, sketchSize } from './sketch-size';
import { smallGraphs } from './small-graphs';
import { subtrees } from './subtrees';

/** In the order in which the index lists them. */
export const REPORTS: readonly AnyReport[] = [
  accuracy,
  subtrees,
  smallGraphs,
  siblings,
  scores,
  distances,
  layers,
  sketchSize,
  rowsPerTensor,
  evidence,
];
