// Typed arrays are read with `!` here: every index is bounded by the array's own length.

/**
 * Reads little-endian fields from hostile bytes. It never throws and never reads or allocates past the end: the first thing
 * that is wrong is kept in `problem`, everything read after that is zero or empty, and the caller looks at `problem` once, at the end.
 */
export class ByteReader {
  readonly #bytes: Uint8Array;
  readonly #view: DataView;
  #at = 0;
  #problem: string | null = null;

  constructor(bytes: Uint8Array) {
    this.#bytes = bytes;
    this.#view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  }

  /** The first thing that was wrong, as a sentence, or null. */
  get problem(): string | null {
    return this.#problem;
  }

  /** Notes the first thing that does not hold, worded only then; later ones are consequences. */
  check(holds: boolean, problem: () => string): void {
    if (!holds) this.#problem ??= problem();
  }

  u8(): number {
    const at = this.#take(1);
    return at < 0 ? 0 : this.#view.getUint8(at);
  }

  u16(): number {
    const at = this.#take(2);
    return at < 0 ? 0 : this.#view.getUint16(at, true);
  }

  u32(): number {
    const at = this.#take(4);
    return at < 0 ? 0 : this.#view.getUint32(at, true);
  }

  f64(what: string): number {
    const at = this.#take(8);
    const value = at < 0 ? 0 : this.#view.getFloat64(at, true);
    // x - x is zero for finite numbers alone.
    this.check(value - value === 0, () => `The ${what} is not a finite number.`);
    return value;
  }

  /** A whole number from `least` to 2⁵³ − 1, as LEB128 in its shortest form: a longer one would not come back when written again. */
  count(what: string, least = 0): number {
    let value = 0;
    let byte = 128;
    for (let place = 1; byte >= 128 && place < 2 ** 56; place *= 128) {
      byte = this.u8();
      value += (byte & 127) * place;
      this.check(byte > 0 || place === 1, () => `The ${what} is not in its shortest form.`);
    }
    this.check(byte < 128 && Number.isSafeInteger(value), () => `The ${what} is beyond 2⁵³.`);
    this.check(value >= least, () => `The ${what} is ${value}, less than ${least}.`);
    return this.#problem === null ? value : 0;
  }

  /** Figures are finite by construction; a NaN would not come back bit by bit. */
  f32(what: string): number {
    const at = this.#take(4);
    const value = at < 0 ? 0 : this.#view.getFloat32(at, true);
    this.check(value - value === 0, () => `The ${what} is not a finite number.`);
    return value;
  }

  f32s(count: number, what: string): Float32Array {
    const floats = this.floats(count, what);
    const values = new Float32Array(floats.byteLength / 4);
    new Uint8Array(values.buffer).set(floats);
    return values;
  }

  /** The bytes of as many float32, which are finite: a part of the bytes themselves, which need not be aligned. */
  floats(count: number, what: string): Uint8Array {
    const begin = this.#at;
    const floats = this.raw(4 * count);
    // A sum of zeros, which x - x is for finite numbers alone.
    let rest = 0;
    for (let at = begin, end = begin + floats.byteLength; at < end; at += 4) {
      const value = this.#view.getFloat32(at, true);
      rest += value - value;
    }
    this.check(rest === 0, () => `The ${what} hold a number that is not finite.`);
    return floats;
  }

  /** A part of the bytes themselves, not a copy. */
  raw(count: number): Uint8Array {
    const at = this.#take(count);
    const { buffer, byteOffset } = this.#bytes;
    return at < 0 ? new Uint8Array(0) : new Uint8Array(buffer, byteOffset + at, count);
  }

  hex(count: number): string {
    const { buffer, byteOffset, byteLength } = this.raw(count);
    return Buffer.from(buffer, byteOffset, byteLength).toString('hex');
  }

  text(count: number, what: string): string {
    try {
      return textOf(this.raw(count));
    } catch {
      this.check(false, () => `The ${what} is not valid UTF-8.`);
      return '';
    }
  }

  /** Reads `count` items, or fewer where something turns out wrong: a lying count must not make the loop long. */
  repeat<T>(count: number, read: () => T): T[] {
    const items: T[] = [];
    while (items.length < count && this.#problem === null) items.push(read());
    return items;
  }

  /** Nothing may follow: trailing bytes would be lost when the sketch is written again. */
  end(): void {
    const left = this.#bytes.byteLength - this.#at;
    this.check(left === 0, () => `${left} bytes are left over at the end.`);
  }

  /** Where the next `size` bytes begin, or −1 where there are not so many or something was wrong before. */
  #take(size: number): number {
    if (this.#problem !== null) return -1;
    const at = this.#at;
    if (size > this.#bytes.byteLength - at) {
      this.#problem = `The bytes end at ${this.#bytes.byteLength}, in the middle of a field.`;
      return -1;
    }
    this.#at += size;
    return at;
  }
}

const UTF_8 = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });

interface KnownText {
  readonly bytes: Uint8Array;
  readonly text: string;
}

/** Texts that were read before, by a hash of their bytes: the models of an architecture have the same names. */
const known: (KnownText | undefined)[] = Array.from({ length: 2 ** 11 });

/** Throws where the bytes are not UTF-8. */
function textOf(bytes: Uint8Array): string {
  let hash = bytes.length;
  for (let i = 0; i < bytes.length; i++) hash = Math.imul(hash ^ bytes[i]!, 0x01000193);
  const slot = (hash ^ (hash >>> 15)) & (known.length - 1);
  const before = known[slot];
  if (before !== undefined && areEqual(before.bytes, bytes)) return before.text;
  const text = UTF_8.decode(bytes);
  known[slot] = { bytes: bytes.slice(), text };
  return text;
}

function areEqual(p: Uint8Array, q: Uint8Array): boolean {
  if (p.length !== q.length) return false;
  for (let i = 0; i < p.length; i++) if (p[i] !== q[i]) return false;
  return true;
}
