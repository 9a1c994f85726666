import { encodedPath, fileOf, isWeightsFile, refusalOf } from './repository-files';

const hash = 'a'.repeat(64);

test('reads a file with its content hash', () => {
  const entry = {
    type: 'file',
    path: 'unet/model.safetensors',
    size: 5,
    oid: 'x',
    lfs: { oid: hash, size: 5 },
  };
  expect(fileOf(entry)).toEqual({ path: 'unet/model.safetensors', size: 5, hash });
  expect(fileOf({ ...entry, lfs: undefined })).toEqual({
    path: 'unet/model.safetensors',
    size: 5,
    hash: null,
  });
  expect(fileOf({ ...entry, lfs: { oid: 'sha1' } })?.hash).toBeNull();
});

test.each([
  ['a folder', { type: 'directory' }],
  ['a path that leads out', { path: '../x.safetensors' }],
  ['an absolute path', { path: '/x.safetensors' }],
  ['a backslash', { path: 'a\\b.safetensors' }],
  ['a line break', { path: 'a\nb.safetensors' }],
  ['a path without end', { path: `${'a'.repeat(5_000)}.safetensors` }],
  ['no path', { path: 7 }],
  ['a size below zero', { size: -1 }],
  ['a size that is none', { size: 1.5 }],
  ['a size beyond counting', { size: 2 ** 60 }],
])('passes over %s', (_what, change) => {
  expect(fileOf({ type: 'file', path: 'a.safetensors', size: 5, ...change })).toBeNull();
});

test('encodes what would be read as something else in a URL', () => {
  expect(encodedPath('a b/ü?x=1#.safetensors')).toBe('a%20b/%C3%BC%3Fx%3D1%23.safetensors');
});

test('keeps what choosing the weights takes', () => {
  const paths = [
    'model.safetensors',
    'model.safetensors.index.json',
    'unet/x.safetensors',
    'model_index.json',
  ];
  expect(paths.filter(isWeightsFile)).toEqual(paths);
  expect(
    ['pytorch_model.bin', 'config.json', 'x.safetensors.txt', 'unet/model_index.json'].filter(isWeightsFile),
  ).toEqual([]);
});

describe('refuses', () => {
  const refusal = (...paths: string[]) =>
    refusalOf(
      'org/m',
      paths.map((path) => ({ path, size: 1, hash: null })),
    );

  test('nothing that has safetensors, whatever lies beside them', () => {
    expect(refusal('pytorch_model.bin', 'model.safetensors')).toBeNull();
  });

  test('pickles, and says what is needed and why', () => {
    expect(refusal('config.json', 'model.gguf', 'pytorch_model.bin')).toEqual({
      type: 'rejected',
      reason: 'unsupported-format',
      detail:
        'org/m has its weights as "pytorch_model.bin"; only safetensors files are read, since opening a pickle runs it.',
    });
    expect(refusal('model.gguf')?.detail).toBe(
      'org/m has its weights as "model.gguf"; only safetensors files are read.',
    );
  });

  test('repositories without weights', () => {
    expect(refusal('README.md')).toMatchObject({
      reason: 'no-weights',
      detail: 'None of the 1 files of org/m holds weights.',
    });
    expect(refusal()).toMatchObject({ reason: 'no-weights' });
  });
});
