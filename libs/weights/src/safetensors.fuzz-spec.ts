import fc from 'fast-check';
import { describeArchitecture } from './architecture';
import { planReads } from './read-plan';
import { parseSafetensorsHeader } from './safetensors';
import type { TestTensor } from './safetensors.testing';
import { bytesOf, headerOf, prefixed } from './safetensors.testing';
import { parseShardIndex } from './shard-index';

const seed = Number(process.env['SEED'] ?? 1);
const numRuns = Number(process.env['RUNS'] ?? 400);

const tensors: TestTensor[] = [
  { name: 'embed_tokens.weight', dtype: 'F16', shape: [100, 8] },
  { name: 'model.layers.0.attn.weight', dtype: 'F16', shape: [8, 8] },
  { name: 'model.layers.0.mlp.weight', dtype: 'BF16', shape: [4, 2, 2, 2] },
  { name: 'model.layers.0.norm.weight', dtype: 'F32', shape: [8] },
  { name: 'empty', dtype: 'F32', shape: [0, 3] },
];

/** What a sound header promises to everything after it. */
function expectSound(bytes: Uint8Array, fileBytes: number): void {
  const result = parseSafetensorsHeader(bytes, { fileBytes });
  if (result.type === 'rejected') {
    expect(result.detail).toMatch(/\.$/s);
    expect(result.detail.length).toBeLessThan(500);
    return;
  }
  let covered = result.tensors[0]?.begin ?? fileBytes;
  for (const tensor of result.tensors) {
    expect(tensor.begin).toBe(covered);
    expect(tensor.end - tensor.begin).toBe(bytesOf(tensor));
    covered = tensor.end;
  }
  expect(covered).toBe(fileBytes);
  const architecture = describeArchitecture(result.tensors);
  if (architecture.type === 'rejected') return;
  const plan = planReads(architecture);
  if (plan.type === 'plan')
    for (const { begin, end } of plan.requests) expect(begin < end && end <= fileBytes).toBe(true);
}

describe('hostile weights files', () => {
  const { bytes, fileBytes } = headerOf(tensors);

  it('a mutated header is refused or sound', () => {
    const edits = fc.array(fc.tuple(fc.nat(bytes.byteLength - 1), fc.integer({ min: 0, max: 255 })), {
      minLength: 1,
      maxLength: 4,
    });
    fc.assert(
      fc.property(edits, (mutations) => {
        const mutated = Uint8Array.from(bytes);
        for (const [at, value] of mutations) mutated[at] = value;
        expectSound(mutated, fileBytes);
      }),
      { seed, numRuns: 5 * numRuns },
    );
  });

  it('a header with other numbers and names in its fields is refused or sound', () => {
    const count = fc.oneof(
      fc.nat(600),
      fc.maxSafeNat(),
      fc.double(),
      fc.constantFrom(0, 1, 8, -1, 2 ** 53, null, 'x'),
    );
    const entry = fc.record({
      dtype: fc.constantFrom('F16', 'F32', 'BF16', 'U8', 'F4', 'I32', '__proto__', 7),
      shape: fc.array(count, { maxLength: 10 }),
      data_offsets: fc.tuple(count, count),
    });
    const header = fc.dictionary(
      fc.oneof(fc.string(), fc.constantFrom('__metadata__', '__proto__', 'h.0.a', 'h.0.b')),
      entry,
      { maxKeys: 4 },
    );
    fc.assert(
      fc.property(header, fc.nat(2_000), (value, dataBytes) => {
        const mutated = prefixed(value);
        expectSound(mutated, mutated.byteLength + dataBytes);
      }),
      { seed, numRuns },
    );
  });

  it('any prefix of a file is refused', () => {
    for (let length = 0; length < bytes.byteLength; length++) {
      expect(parseSafetensorsHeader(bytes.subarray(0, length), { fileBytes })).toMatchObject({
        reason: 'header-truncated',
      });
      expect(parseSafetensorsHeader(bytes.subarray(0, length), { fileBytes: length }).type).toBe('rejected');
    }
  });

  it('any bytes as a shard index are refused or lead only to plain paths', () => {
    const path = fc.oneof(
      fc.string(),
      fc.constantFrom('../a.safetensors', '/a.safetensors', 'a/b.safetensors', 'model-1.safetensors'),
    );
    const text = fc.oneof(
      fc.json(),
      fc.dictionary(fc.string(), path).map((map) => JSON.stringify({ weight_map: map })),
    );
    fc.assert(
      fc.property(text, (json) => {
        const result = parseShardIndex(new TextEncoder().encode(json));
        if (result.type === 'rejected') return;
        for (const shard of result.shards)
          expect(new URL(shard, 'file:///repository/').href).toBe(`file:///repository/${encodeURI(shard)}`);
      }),
      { seed, numRuns },
    );
  });
});
