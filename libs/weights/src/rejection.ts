/** Every reason for which published weights are turned away. Counted and shown by these words: they are part of the contract. */
export type WeightsRejection =
  | 'no-weights'
  | 'packed-weights'
  | 'header-truncated'
  | 'header-too-large'
  | 'header-not-json'
  | 'header-malformed'
  | 'duplicate-name'
  | 'too-many-tensors'
  | 'too-many-dimensions'
  | 'unknown-dtype'
  | 'length-mismatch'
  | 'offsets-out-of-range'
  | 'offsets-overlap'
  | 'offsets-hole'
  | 'index-malformed'
  | 'index-mismatch'
  | 'too-many-shards'
  | 'unsafe-path'
  | 'missing-shard'
  | 'rows-too-wide'
  | 'over-budget'
  | 'short-read';

/** A bad input, as a value: `detail` is one sentence for a person, with what was expected and what was found. */
export interface Rejected {
  readonly type: 'rejected';
  readonly reason: WeightsRejection;
  readonly detail: string;
}

/** The one place where a rejection is made: `detail` begins with a capital and ends with a full stop. */
export function rejected(reason: WeightsRejection, detail: string): Rejected {
  return { type: 'rejected', reason, detail };
}

/** Hostile text made fit for a message: quoted, escaped, and cut to a readable length. */
export function quoted(text: string): string {
  const lengthMax = 80;
  return JSON.stringify(text.length > lengthMax ? `${text.slice(0, lengthMax)}…` : text);
}
