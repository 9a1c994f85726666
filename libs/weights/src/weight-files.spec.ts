import { chooseWeightFiles } from './weight-files';

const choose = (...paths: (string | [string, number])[]) => {
  const files = paths.map((path) =>
    typeof path === 'string' ? { path, size: 1 } : { path: path[0], size: path[1] },
  );
  const choice = chooseWeightFiles(files);
  if (choice.type === 'rejected') return choice;
  return [...(choice.index === null ? [] : [choice.index]), ...choice.files].map((at) => files[at]!.path);
};

describe('chooseWeightFiles', () => {
  it('prefers an index to single files, and the model to an adapter', () => {
    expect(choose('adapter_model.safetensors', 'model.safetensors', 'model.safetensors.index.json')).toEqual([
      'model.safetensors.index.json',
    ]);
    expect(choose('adapter_model.safetensors', 'model.safetensors', 'model.fp16.safetensors')).toEqual([
      'model.safetensors',
    ]);
    expect(choose('README.md', 'adapter_model.safetensors')).toEqual(['adapter_model.safetensors']);
  });

  it('takes the root before folders, except in a pipeline', () => {
    expect(choose('unet/diffusion_pytorch_model.safetensors', 'model.safetensors')).toEqual([
      'model.safetensors',
    ]);
    const pipeline = [
      'model_index.json',
      'v1-5.safetensors',
      'vae/diffusion_pytorch_model.safetensors',
      'unet/diffusion_pytorch_model.safetensors',
    ];
    expect(choose(...pipeline)).toEqual(['unet/diffusion_pytorch_model.safetensors']);
    expect(choose('b/model.safetensors', 'a/model.safetensors')).toEqual(['a/model.safetensors']);
  });

  it('takes complete shards without an index, else the largest file, ties by path', () => {
    const shards = ['x-00002-of-00002.safetensors', 'x-00001-of-00002.safetensors'];
    expect(choose(...shards, 'other.safetensors')).toEqual([shards[1], shards[0]]);
    expect(choose(shards[0]!, ['other.safetensors', 5])).toEqual(['other.safetensors']);
    expect(choose('b.safetensors', 'a.safetensors')).toEqual(['a.safetensors']);
  });

  it('says that pickles are never opened', () => {
    expect(choose('pytorch_model.bin', 'config.json')).toEqual({
      type: 'rejected',
      reason: 'no-weights',
      detail: 'None of the 2 files is a safetensors file; pickled files (1 here) are never opened.',
    });
    expect(choose()).toMatchObject({ reason: 'no-weights' });
  });
});
