import { naturalLog } from './natural-log';

/** Keeps the turn of orthogonal vectors finite. */
const COSINE_SQUARE_MIN = 1e-12;

/** ln(q/p), computed so that exchanging p and q changes the sign and no other bit. */
export function logRatio(p: number, q: number): number {
  return q >= p ? Math.log(q / p) : -Math.log(p / q);
}

/** 1 − cos² of the angle between two vectors, from their squared norms and their product. A zero vector is at a right angle. */
export function sineSquare(squaresP: number, squaresQ: number, product: number): number {
  if (!(squaresP > 0 && squaresQ > 0)) return 1;
  return Math.min(1, Math.max(0, 1 - (product * product) / (squaresP * squaresQ)));
}

/** x = −ln cos² of an angle of the given squared sine, at most −ln 10^-12. */
export function turnOf(squaredSine: number): number {
  return -naturalLog(Math.max(COSINE_SQUARE_MIN, 1 - squaredSine));
}
