import { createHash } from 'node:crypto';
import type { ReadModel } from './model-reader';
import { readModel } from './model-reader';
import { wholeReads } from './read-plan';
import {
  fileOf,
  headerOf,
  LLAMA_7B,
  prefixed,
  sourceOf,
  transformer,
  virtualModel,
} from './safetensors.testing';
import type { TestTensor } from './safetensors.testing';
import type { ModelSource } from './source-bytes';

const small: TestTensor[] = transformer({
  layers: 2,
  width: 8,
  hidden: 16,
  kvWidth: 8,
  vocabulary: 20,
  dtype: 'F32',
});
const rising = ({ shape }: TestTensor) =>
  Array.from({ length: shape.reduce((a, b) => a * b, 1) }, (_, at) => at);
const sha256 = (bytes: Uint8Array) => createHash('sha256').update(bytes).digest('hex');

async function read(source: ModelSource, options = {}): Promise<ReadModel> {
  const model = await readModel(source, options);
  if (model.type === 'rejected') throw new Error(`${model.reason}: ${model.detail}`);
  return model;
}

function sharded(
  ...shards: { name: string; tensors: TestTensor[] }[]
): { path: string; bytes: Uint8Array }[] {
  const weightMap = Object.fromEntries(
    shards.flatMap(({ name, tensors }) => tensors.map((tensor) => [tensor.name, name])),
  );
  const index = new TextEncoder().encode(JSON.stringify({ weight_map: weightMap }));
  return [
    ...shards.map(({ name, tensors }) => ({ path: name, bytes: fileOf(tensors, rising) })),
    { path: 'model.safetensors.index.json', bytes: index },
  ];
}

describe('readModel', () => {
  it('reads a small model whole, in one request', async () => {
    const bytes = fileOf(small, rising);
    const source = sourceOf([
      { path: 'README.md', bytes: new Uint8Array(9) },
      { path: 'model.safetensors', bytes },
    ]);
    const requests: number[] = [];
    const model = await read({
      ...source,
      read: (file, begin, end) => (requests.push(file), source.read(file, begin, end)),
    });
    expect(requests).toEqual([1]);
    expect(model.bytesRead).toBe(bytes.byteLength);
    expect(model.bytesPublished).toBe(bytes.byteLength);
    expect(model.slabs.map(({ name }) => name)).toContain('layers.1.mlp.down_proj.weight');
    const slab = model.slabs.find(({ name }) => name === 'layers.0.mlp.down_proj.weight')!;
    expect(slab).toMatchObject({ rows: 8, width: 16, rowBegin: 0, rowEnd: 8, dtype: 'F32' });
    expect(Array.from(slab.values())).toEqual(Array.from({ length: 128 }, (_, at) => at));
    expect(Array.from(model.embedding!.values())).toEqual(Array.from({ length: 160 }, (_, at) => at));
    expect(model.fileHashes).toEqual([sha256(bytes)]);
  });

  it('gives one content hash to the same files under other names, listed with or without hashes', async () => {
    const bytes = fileOf(small, rising);
    const listed = await read(sourceOf([{ path: 'a/model.safetensors', bytes, hash: sha256(bytes) }]));
    const local = await read(sourceOf([{ path: 'x.safetensors', bytes }]));
    const other = await read(
      sourceOf([{ path: 'x.safetensors', bytes: fileOf(small, (tensor) => rising(tensor).map((x) => -x)) }]),
    );
    expect(local.contentHash).toBe(listed.contentHash);
    expect(other.contentHash).not.toBe(listed.contentHash);
    expect(other.architecture).toBe(listed.architecture);
  });

  it('reads shards as one model, at the same numbers as the single file', async () => {
    const single = await read(sourceOf([{ path: 'model.safetensors', bytes: fileOf(small, rising) }]));
    const parts = await read(
      sourceOf(
        sharded(
          { name: 'b.safetensors', tensors: small.slice(0, 7) },
          { name: 'a.safetensors', tensors: small.slice(7) },
        ),
      ),
    );
    expect(parts.architecture).toBe(single.architecture);
    expect(parts.slabs.map((slab) => Array.from(slab.values()))).toEqual(
      single.slabs.map((slab) => Array.from(slab.values())),
    );
    expect(parts.fileHashes).toHaveLength(2);
  });

  it('samples a 7B model in two shards within 16 MiB and 8 requests at a time', async () => {
    const virtual = virtualModel(transformer(LLAMA_7B), 2);
    let inFlight = 0;
    let inFlightMost = 0;
    const model = await read({
      files: virtual.files,
      read: async (file, begin, end) => {
        inFlightMost = Math.max(inFlightMost, ++inFlight);
        await new Promise((resolve) => setImmediate(resolve));
        inFlight--;
        return virtual.read(file, begin, end);
      },
    });
    expect(inFlightMost).toBe(8);
    expect(model.bytesRead).toBe(virtual.requests.reduce((sum, { bytes }) => sum + bytes, 0));
    expect(model.bytesRead).toBeLessThanOrEqual(16 * 2 ** 20);
    expect(virtual.requests.length).toBeLessThanOrEqual(150);
    expect(model.bytesPublished).toBeGreaterThan(13e9);
  });

  it('joins what several requests brought', async () => {
    const bytes = fileOf([{ name: 'layers.0.weight', dtype: 'F32', shape: [300, 1_000] }], rising);
    const model = await read(sourceOf([{ path: 'model.safetensors', bytes }]), {
      ...wholeReads,
      requestBytesMax: 333_333,
    });
    const values = model.slabs[0]!.values();
    expect(values.length).toBe(300_000);
    expect(values.every((value, at) => value === at)).toBe(true);
  });

  it('reads a header that is longer than the probe', async () => {
    const many: TestTensor[] = Array.from({ length: 4_000 }, (_, at) => ({
      name: `layers.${at}.${'x'.repeat(60)}.weight`,
      dtype: 'F32',
      shape: [2, 2],
    }));
    expect(headerOf(many).bytes.byteLength).toBeGreaterThan(2 ** 18);
    expect(
      (await read(sourceOf([{ path: 'm.safetensors', bytes: fileOf(many, rising) }]))).slabs,
    ).toHaveLength(128);
  });

  it('turns away what does not fit together', async () => {
    const reason = async (files: { path: string; bytes: Uint8Array }[], options = {}) => {
      const result = await readModel(sourceOf(files), options);
      return result.type === 'rejected' ? result.reason : result.type;
    };
    const good = sharded({ name: 'a.safetensors', tensors: small });
    const index = (value: unknown) => ({
      path: 'model.safetensors.index.json',
      bytes: new TextEncoder().encode(JSON.stringify(value)),
    });
    expect(await reason([])).toBe('no-weights');
    expect(await reason([{ path: 'model.safetensors', bytes: new Uint8Array(0) }])).toBe('header-truncated');
    expect(await reason([{ path: 'model.safetensors', bytes: prefixed('{').subarray(0, 8) }])).toBe(
      'header-truncated',
    );
    expect(await reason([{ path: 'model.safetensors', bytes: prefixed({ a: 1 }) }])).toBe('header-malformed');
    expect(await reason([good[0]!, index({ weight_map: { x: 'b.safetensors' } })])).toBe('missing-shard');
    expect(await reason([good[0]!, index({ weight_map: { x: 'a.safetensors' } })])).toBe('index-mismatch');
    expect(await reason([good[0]!, index({ weight_map: { x: '../a.safetensors' } })])).toBe('unsafe-path');
    expect(await reason(good, { limits: { tensorsMax: 5 } })).toBe('too-many-tensors');
    expect(await reason(good, { limits: { indexBytesMax: 5 } })).toBe('index-malformed');
  });

  it('names the broken shard in its sentence', async () => {
    const files = sharded(
      { name: 'a.safetensors', tensors: small.slice(0, 3) },
      { name: 'b.safetensors', tensors: small.slice(3) },
    );
    files[1]!.bytes = files[1]!.bytes.subarray(0, -1);
    expect(await readModel(sourceOf(files))).toMatchObject({
      reason: 'offsets-out-of-range',
      detail: expect.stringContaining('"b.safetensors": Tensor'),
    });
  });

  it('notices a reply of another length than asked for', async () => {
    const source = sourceOf([{ path: 'model.safetensors', bytes: fileOf(small, rising) }]);
    const short = {
      ...source,
      read: async (file: number, begin: number, end: number) =>
        (await source.read(file, begin, end)).subarray(1),
    };
    expect(await readModel(short)).toMatchObject({ reason: 'short-read' });
  });

  it('passes on what the reader throws, and asks for nothing more', async () => {
    const virtual = virtualModel(transformer(LLAMA_7B), 2);
    let asked = 0;
    const failing = {
      files: virtual.files,
      read: async (file: number, begin: number, end: number) => {
        if (++asked > 10) throw new Error('not now');
        return virtual.read(file, begin, end);
      },
    };
    await expect(readModel(failing, { requestsInFlightMax: 2 })).rejects.toThrow('not now');
    await new Promise((resolve) => setImmediate(resolve));
    expect(asked).toBeLessThanOrEqual(12);
  });
});
