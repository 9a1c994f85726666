/** A tensor to write: little-endian bytes in row-major order. */
export interface TensorBytes {
  readonly dtype: string;
  readonly shape: readonly number[];
  readonly bytes: Uint8Array;
}

/** Writes a safetensors file: header length, JSON header padded to eight bytes, tensors in the order given. */
export function safetensorsFile(
  tensors: Readonly<Record<string, TensorBytes>>,
  metadata: Readonly<Record<string, string>> = { format: 'pt' },
): Uint8Array {
  const header: Record<string, unknown> = { __metadata__: metadata };
  let end = 0;
  for (const [name, { dtype, shape, bytes }] of Object.entries(tensors)) {
    header[name] = { dtype, shape, data_offsets: [end, end + bytes.byteLength] };
    end += bytes.byteLength;
  }
  const json = Buffer.from(JSON.stringify(header));
  const padding = Buffer.alloc(-json.length & 7, ' ');
  const length = Buffer.alloc(8);
  length.writeBigUInt64LE(BigInt(json.length + padding.length));
  return Buffer.concat([length, json, padding, ...Object.values(tensors).map((tensor) => tensor.bytes)]);
}

const ROUND = new DataView(new ArrayBuffer(8));

/** Bits of the bfloat16 nearest to `value`, ties to even. */
export function bfloat16Bits(value: number): number {
  ROUND.setFloat32(0, value);
  const bits = ROUND.getUint32(0);
  return ((bits + 0x7fff + ((bits >>> 16) & 1)) >>> 16) & 0xffff;
}

/** Bits of the float16 nearest to `value`, ties to even; beyond 65,504 infinity. */
export function float16Bits(value: number): number {
  const sign = value < 0 || Object.is(value, -0) ? 0x8000 : 0;
  const magnitude = Math.abs(value);
  if (Number.isNaN(value)) return 0x7e00;
  if (magnitude >= 65_520) return sign | 0x7c00;
  // Below 2^-14 numbers are evenly spaced; above, the spacing doubles with every power of two.
  const exponent = magnitude < 2 ** -14 ? -14 : Math.floor(Math.log2(magnitude));
  const steps = roundToEven(magnitude / 2 ** (exponent - 10));
  // Steps count from 0 (subnormal) or 1024 (implicit one); a carry to 2048 moves into the exponent by itself.
  return sign | (magnitude < 2 ** -14 ? steps : ((exponent + 14) << 10) + steps);
}

function roundToEven(value: number): number {
  const floor = Math.floor(value);
  const rest = value - floor;
  if (rest !== 0.5) return Math.round(value);
  return floor % 2 === 0 ? floor : floor + 1;
}

/** Little-endian bytes of `values` in one of three float formats. */
export function floatBytes(values: Float64Array, dtype: 'F32' | 'F16' | 'BF16'): Uint8Array {
  if (dtype === 'F32') return new Uint8Array(Float32Array.from(values).buffer);
  const bits = dtype === 'F16' ? float16Bits : bfloat16Bits;
  return new Uint8Array(Uint16Array.from(values, bits).buffer);
}
