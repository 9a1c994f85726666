import type { Meter } from './meter';

/** Half-open range of bytes of a file that has `size` bytes. */
export interface Span {
  readonly begin: number;
  readonly end: number;
  readonly size: number;
}

/** What a request is for, and so what its answer must look like. */
export interface Purpose {
  /** JSON: an array of objects, or one object. Bytes: exactly the span. */
  readonly expects: 'objects' | 'object' | Span;
  /** For messages: `org/name`, a file of it, or the listing. */
  readonly subject: string;
  readonly meters: readonly Meter[];
  readonly signal?: AbortSignal | undefined;
}
