import { parseShardIndex } from './shard-index';

const encode = (value: unknown) =>
  new TextEncoder().encode(typeof value === 'string' ? value : JSON.stringify(value));
const weightMap = (map: Record<string, unknown>) => encode({ metadata: { total_size: 8 }, weight_map: map });

describe('parseShardIndex', () => {
  it('lists every shard once, sorted', () => {
    const index = parseShardIndex(
      weightMap({ b: 'model-2.safetensors', a: 'model-1.safetensors', c: 'model-2.safetensors' }),
    );
    expect(index).toMatchObject({ type: 'index', shards: ['model-1.safetensors', 'model-2.safetensors'] });
    expect(index.type === 'index' && index.shardOf.get('c')).toBe('model-2.safetensors');
  });

  it.each([
    '../model.safetensors',
    'a/../model.safetensors',
    './model.safetensors',
    '/etc/model.safetensors',
    'C:\\model.safetensors',
    'C:/model.safetensors',
    'a\\..\\model.safetensors',
    'https://host/model.safetensors',
    '//host/model.safetensors',
    'a//model.safetensors',
    '.hidden/model.safetensors',
    'model.safetensors?x=1',
    'model.safetensors#x',
    '%2e%2e/model.safetensors',
    'model\u0000.safetensors',
    'model.bin',
    '.safetensors',
    '',
  ])('refuses the path %j', (path) => {
    expect(parseShardIndex(weightMap({ a: path }))).toMatchObject({ reason: 'unsafe-path' });
  });

  it('refuses what is no index', () => {
    for (const text of [
      '',
      '[]',
      '{}',
      '{"weight_map":[]}',
      '{"weight_map":',
      '{"weight_map":{"a":1}}',
      `{"metadata":${'['.repeat(9)}`,
    ]) {
      expect(parseShardIndex(encode(text))).toMatchObject({ reason: 'index-malformed' });
    }
    expect(parseShardIndex(Uint8Array.of(0xff))).toMatchObject({ reason: 'index-malformed' });
    expect(parseShardIndex(weightMap({}))).toMatchObject({ reason: 'no-weights' });
  });

  it('refuses a tensor that is named twice: readers differ in which one they keep', () => {
    const text = '{"weight_map":{"a":"x.safetensors","a":"y.safetensors"}}';
    expect(parseShardIndex(encode(text))).toMatchObject({ reason: 'duplicate-name' });
  });

  it('holds to its bounds', () => {
    const many = weightMap(
      Object.fromEntries(Array.from({ length: 5 }, (_, at) => [`t${at}`, `s${at}.safetensors`])),
    );
    expect(parseShardIndex(many, { shardsMax: 5 })).toMatchObject({ type: 'index' });
    expect(parseShardIndex(many, { shardsMax: 4 })).toMatchObject({ reason: 'too-many-shards' });
    expect(parseShardIndex(many, { tensorsMax: 4 })).toMatchObject({ reason: 'too-many-tensors' });
    expect(parseShardIndex(weightMap({ a: `${'a'.repeat(600)}.safetensors` }))).toMatchObject({
      reason: 'unsafe-path',
    });
    expect(parseShardIndex(many, { indexBytesMax: 20 })).toMatchObject({ reason: 'index-malformed' });
  });
});
