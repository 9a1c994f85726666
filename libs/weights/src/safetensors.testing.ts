import type { Dtype } from './dtype';
import { itemBytesOf } from './dtype';
import { mix } from './seed';
import type { ModelSource } from './source-bytes';

/** Builders of synthetic safetensors files for tests. */
export interface TestTensor {
  readonly name: string;
  readonly dtype: Dtype;
  readonly shape: readonly number[];
}

/** The length prefix and the JSON of `header`, whatever it is: broken headers too. */
export function prefixed(header: unknown): Uint8Array {
  const json = new TextEncoder().encode(typeof header === 'string' ? header : JSON.stringify(header));
  const bytes = new Uint8Array(8 + json.byteLength);
  new DataView(bytes.buffer).setBigUint64(0, BigInt(json.byteLength), true);
  bytes.set(json, 8);
  return bytes;
}

export function bytesOf({ dtype, shape }: TestTensor): number {
  return shape.reduce((product, dimension) => product * dimension, 1) * itemBytesOf(dtype);
}

/** A well-formed header with the tensors back to back in the order given; `fileBytes` counts the data too. */
export function headerOf(tensors: readonly TestTensor[]): { bytes: Uint8Array; fileBytes: number } {
  const entries: Record<string, unknown> = { __metadata__: { format: 'pt' } };
  let at = 0;
  for (const tensor of tensors) {
    const { name, dtype, shape } = tensor;
    entries[name] = { dtype, shape, data_offsets: [at, at + bytesOf(tensor)] };
    at += bytesOf(tensor);
  }
  const bytes = prefixed(entries);
  return { bytes, fileBytes: bytes.byteLength + at };
}

/** A whole file with `numbers(name)` in every float32 or float64 tensor. */
export function fileOf(
  tensors: readonly TestTensor[],
  numbers: (tensor: TestTensor) => ArrayLike<number>,
): Uint8Array {
  const { bytes, fileBytes } = headerOf(tensors);
  const file = new Uint8Array(fileBytes);
  file.set(bytes);
  let at = bytes.byteLength;
  for (const tensor of tensors) {
    const values =
      tensor.dtype === 'F64' ? Float64Array.from(numbers(tensor)) : Float32Array.from(numbers(tensor));
    file.set(new Uint8Array(values.buffer), at);
    at += bytesOf(tensor);
  }
  return file;
}

export function sourceOf(files: readonly { path: string; bytes: Uint8Array; hash?: string }[]): ModelSource {
  return {
    files: files.map(({ path, bytes, hash }) => ({ path, size: bytes.byteLength, hash: hash ?? null })),
    read: async (file, begin, end) => files[file]!.bytes.slice(begin, end),
  };
}

export interface Transformer {
  readonly layers: number;
  readonly width: number;
  readonly hidden: number;
  /** Rows of the key and value projections. */
  readonly kvWidth: number;
  readonly vocabulary: number;
  readonly dtype: Dtype;
  readonly prefix?: string;
}

export const LLAMA_7B: Transformer = {
  layers: 32,
  width: 4_096,
  hidden: 11_008,
  kvWidth: 4_096,
  vocabulary: 32_000,
  dtype: 'BF16',
};
export const LLAMA_70B: Transformer = {
  layers: 80,
  width: 8_192,
  hidden: 28_672,
  kvWidth: 1_024,
  vocabulary: 32_000,
  dtype: 'BF16',
};

/** The tensors of a Llama of the given sizes, in the order in which they are saved. */
export function transformer({
  layers,
  width,
  hidden,
  kvWidth,
  vocabulary,
  dtype,
  prefix = 'model.',
}: Transformer): TestTensor[] {
  const tensor = (name: string, ...shape: number[]): TestTensor => ({ name, dtype, shape });
  const block = (layer: number) => {
    const at = `${prefix}layers.${layer}`;
    return [
      tensor(`${at}.input_layernorm.weight`, width),
      tensor(`${at}.self_attn.q_proj.weight`, width, width),
      tensor(`${at}.self_attn.k_proj.weight`, kvWidth, width),
      tensor(`${at}.self_attn.v_proj.weight`, kvWidth, width),
      tensor(`${at}.self_attn.o_proj.weight`, width, width),
      tensor(`${at}.post_attention_layernorm.weight`, width),
      tensor(`${at}.mlp.gate_proj.weight`, hidden, width),
      tensor(`${at}.mlp.up_proj.weight`, hidden, width),
      tensor(`${at}.mlp.down_proj.weight`, width, hidden),
    ];
  };
  return [
    tensor(`${prefix}embed_tokens.weight`, vocabulary, width),
    ...Array.from({ length: layers }, (_, layer) => block(layer)).flat(),
    tensor(`${prefix}norm.weight`, width),
    tensor('lm_head.weight', vocabulary, width),
  ];
}

/**
 * A sharded model of any size whose numbers are made up as they are read: plausible small weights in every float dtype, since the
 * top byte of each number is drawn near the exponent of 0.01.
 */
export function virtualModel(
  tensors: readonly TestTensor[],
  shards: number,
): ModelSource & { readonly requests: { file: number; bytes: number }[] } {
  const per = Math.ceil(tensors.length / shards);
  const parts = Array.from({ length: shards }, (_, shard) => tensors.slice(shard * per, (shard + 1) * per));
  const paths = parts.map(
    (_, at) => `model-${String(at + 1).padStart(5, '0')}-of-${String(shards).padStart(5, '0')}.safetensors`,
  );
  const weightMap = Object.fromEntries(
    parts.flatMap((part, at) => part.map(({ name }) => [name, paths[at]])),
  );
  const index = new TextEncoder().encode(
    JSON.stringify({ metadata: { total_size: 0 }, weight_map: weightMap }),
  );
  const headers = parts.map(headerOf);
  const requests: { file: number; bytes: number }[] = [];
  const itemBytes = itemBytesOf(tensors[0]!.dtype);
  const pattern = noise(itemBytes);
  return {
    requests,
    files: [
      ...headers.map(({ fileBytes }, at) => ({
        path: paths[at]!,
        size: fileBytes,
        hash: String(at).padStart(64, '0'),
      })),
      { path: 'model.safetensors.index.json', size: index.byteLength, hash: null },
    ],
    read: async (file, begin, end) => {
      requests.push({ file, bytes: end - begin });
      if (file === headers.length) return index.slice(begin, end);
      const header = headers[file]!.bytes;
      const out = new Uint8Array(end - begin);
      out.set(header.subarray(begin, Math.min(end, header.byteLength)));
      for (let at = Math.max(begin, header.byteLength); at < end;) {
        // The pattern repeats after a whole number of elements; files begin it at different places.
        const from = (at - header.byteLength + file * 64 * itemBytes) % pattern.byteLength;
        const piece = pattern.subarray(from, Math.min(pattern.byteLength, from + end - at));
        out.set(piece, at - begin);
        at += piece.byteLength;
      }
      return out;
    },
  };
}

/** Little-endian numbers around 0.01 in any float dtype: random, but for a top byte whose exponent is small. */
function noise(itemBytes: number): Uint8Array {
  const items = 100_003;
  return Uint8Array.from({ length: items * itemBytes }, (_, at) => {
    const random = mix(7, at) >>> 16;
    return at % itemBytes === itemBytes - 1 ? (random & 0x80) | (0x3c - (random & 1)) : random & 0x7f;
  });
}
