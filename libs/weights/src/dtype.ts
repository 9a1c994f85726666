/** Element types as safetensors spells them, with their size in bits (F4 and F6 are packed, several to a byte). */
const BITS = {
  F64: 64,
  F32: 32,
  F16: 16,
  BF16: 16,
  F8_E4M3: 8,
  F8_E5M2: 8,
  F8_E8M0: 8,
  F6_E2M3: 6,
  F6_E3M2: 6,
  F4: 4,
  C64: 64,
  I64: 64,
  U64: 64,
  I32: 32,
  U32: 32,
  I16: 16,
  U16: 16,
  I8: 8,
  U8: 8,
  BOOL: 8,
} as const;

export type Dtype = keyof typeof BITS;

/** The floating-point types whose numbers are weights by themselves: no scale, no unpacking. */
const WEIGHT_DTYPES: ReadonlySet<Dtype> = new Set<Dtype>(['F64', 'F32', 'F16', 'BF16', 'F8_E4M3', 'F8_E5M2']);

/** All of them, for messages and tests. */
export const DTYPES = Object.keys(BITS) as readonly Dtype[];

/** `hasOwn`, since the name is hostile: `toString` is no dtype. */
export function isDtype(name: unknown): name is Dtype {
  return typeof name === 'string' && Object.hasOwn(BITS, name);
}

export function bitsOf(dtype: Dtype): number {
  return BITS[dtype];
}

/** Bytes of one element; a fraction for the packed types. */
export function itemBytesOf(dtype: Dtype): number {
  return BITS[dtype] / 8;
}

/** Whether two models can be compared number by number in this type. Packed and integer codes cannot. */
export function isWeightDtype(dtype: Dtype): boolean {
  return WEIGHT_DTYPES.has(dtype);
}
