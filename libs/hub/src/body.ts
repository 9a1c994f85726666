import type { Meter } from './meter';

/** What came of a response's body. */
export type Body =
  | { readonly type: 'whole'; readonly bytes: Uint8Array<ArrayBuffer> }
  /** It broke off; the bytes are what had arrived. */
  | { readonly type: 'cut'; readonly bytes: Uint8Array<ArrayBuffer>; readonly cause: unknown }
  | { readonly type: 'too-long' };

/** Reads a body of at most `bytesMax` bytes, counting what arrives as it does. */
export async function readBody(
  response: Response,
  bytesMax: number,
  meters: readonly Meter[],
): Promise<Body> {
  const chunks: Uint8Array[] = [];
  let bytes = 0;
  try {
    for await (const chunk of (response.body ?? []) as AsyncIterable<Uint8Array>) {
      bytes += chunk.byteLength;
      for (const meter of meters) meter.bytes += chunk.byteLength;
      // Leaving the loop cancels the stream, so the rest is not received.
      if (bytes > bytesMax) return { type: 'too-long' };
      chunks.push(chunk);
    }
  } catch (cause) {
    return { type: 'cut', bytes: concatenated(chunks), cause };
  }
  return { type: 'whole', bytes: concatenated(chunks) };
}

export function concatenated(parts: readonly Uint8Array[]): Uint8Array<ArrayBuffer> {
  const whole = new Uint8Array(parts.reduce((sum, part) => sum + part.byteLength, 0));
  let at = 0;
  for (const part of parts) {
    whole.set(part, at);
    at += part.byteLength;
  }
  return whole;
}
