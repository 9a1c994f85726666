import type { Architecture } from './architecture';
import { describeArchitecture } from './architecture';
import { canonicalNames, depthOf, roleOf } from './canonical-name';
import type { TestTensor } from './safetensors.testing';
import { bytesOf, LLAMA_7B, transformer } from './safetensors.testing';
import type { Dtype } from './dtype';

const tensor = (name: string, shape: number[], dtype: Dtype = 'F16'): TestTensor => ({ name, dtype, shape });
const located = (tensors: readonly TestTensor[]) =>
  tensors.map((each) => ({ ...each, file: 0, begin: 0, end: bytesOf(each) }));

function describeTensors(...tensors: TestTensor[]): Architecture {
  const architecture = describeArchitecture(located(tensors));
  if (architecture.type === 'rejected') throw new Error(architecture.detail);
  return architecture;
}
const names = ({ backbone }: Architecture) => backbone.map(({ canonicalName }) => canonicalName);

const bert = (prefix: string) => [
  tensor(`${prefix}embeddings.word_embeddings.weight`, [100, 8]),
  tensor(`${prefix}embeddings.position_embeddings.weight`, [64, 8]),
  tensor(`${prefix}encoder.layer.0.query.weight`, [8, 8]),
  tensor(`${prefix}encoder.layer.0.query.bias`, [8]),
  tensor(`${prefix}encoder.layer.0.output.weight`, [8, 16]),
  tensor(`${prefix}encoder.layer.1.query.weight`, [8, 8]),
  tensor(`${prefix}encoder.layer.1.norm.weight`, [8]),
];

describe('canonical names', () => {
  it('drop what all names have before the block list', () => {
    expect(canonicalNames(['bert.encoder.layer.0.a', 'bert.encoder.layer.1.b.2.c'])).toEqual([
      'layer.0.a',
      'layer.1.b.2.c',
    ]);
    expect(canonicalNames(['m.encoder.block.0.a', 'm.decoder.block.0.a'])).toEqual([
      'encoder.block.0.a',
      'decoder.block.0.a',
    ]);
    expect(canonicalNames(['0.a', '1.a'])).toEqual(['0.a', '1.a']);
    expect(canonicalNames(['layers.0.a'])).toEqual(['layers.0.a']);
    expect(canonicalNames([])).toEqual([]);
  });

  it('split into a role and a depth', () => {
    expect(roleOf('layers.11.experts.3.w1.weight')).toBe('layers.#.experts.#.w1.weight');
    expect(depthOf('layers.11.experts.3.w1.weight')).toEqual([11, 3]);
  });
});

describe('describeArchitecture', () => {
  it('keeps the key under wrappers, new heads, grown vocabularies, other dtypes and another order', () => {
    const base = describeTensors(...bert(''));
    const heads = [
      tensor('classifier.0.weight', [8, 8]),
      tensor('classifier.2.weight', [62, 8]),
      tensor('cls.predictions.decoder.weight', [100, 8]),
    ];
    const grown = bert('').map((each) => (each.shape[0] === 100 ? { ...each, shape: [107, 8] } : each));
    expect(names(base)).toEqual(['layer.0.output.weight', 'layer.0.query.weight', 'layer.1.query.weight']);
    expect(describeTensors(...bert('model.bert.'), ...heads).key).toBe(base.key);
    expect(describeTensors(...grown.reverse()).key).toBe(base.key);
    expect(describeTensors(...bert('').map((each) => ({ ...each, dtype: 'F32' as const }))).key).toBe(
      base.key,
    );
    expect(base.key).toMatch(/^[0-9a-f]{64}$/);
  });

  it('changes the key with a shape, a name or a block', () => {
    const keys = [
      bert(''),
      bert('').slice(0, -2),
      bert('').map((each) => (each.shape[1] === 16 ? { ...each, shape: [8, 17] } : each)),
      bert('').map((each) => ({ ...each, name: each.name.replace('query', 'q') })),
    ].map((tensors) => describeTensors(...tensors).key);
    expect(new Set(keys).size).toBe(4);
  });

  it('has one key that never changes, since stored sketches are filed under it', () => {
    expect(describeTensors(...bert('')).key).toBe(
      '1df249b962c5b5cafec5f9d472c36a2b895c39c0766ea5f13aced79596b5c7f0',
    );
  });

  it('flattens convolutions: a 1×1 kernel is a matrix', () => {
    const block = (shape: number[]) => [
      tensor('down_blocks.0.proj.weight', shape),
      tensor('down_blocks.0.conv.weight', [4, 6, 3, 3]),
    ];
    const convolution = describeTensors(...block([4, 6, 1, 1]));
    expect(convolution.backbone.map(({ rows, columns }) => [rows, columns])).toEqual([
      [4, 54],
      [4, 6],
    ]);
    expect(describeTensors(...block([4, 6])).key).toBe(convolution.key);
  });

  it('takes all matrices but heads and embeddings where no block is numbered', () => {
    const loose = describeTensors(
      tensor('conv1.weight', [8, 3, 3, 3]),
      tensor('fc1.weight', [8, 8]),
      tensor('head.weight', [5, 8]),
      tensor('embed.weight', [50, 8]),
    );
    expect(names(loose)).toEqual(['conv1.weight', 'fc1.weight']);
    expect(names(describeTensors(tensor('fc.weight', [3, 4])))).toEqual(['fc.weight']);
    expect(names(describeTensors(tensor('0.weight', [3, 4]), tensor('2.weight', [5, 3])))).toEqual([
      '0.weight',
      '2.weight',
    ]);
  });

  it('leaves out causal masks saved as biases, empty tensors and integer buffers', () => {
    const mask = tensor('h.0.attn.bias', [1, 1, 8, 8], 'F32');
    const extra = [mask, tensor('h.0.empty.weight', [0, 8]), tensor('h.0.index.table', [2, 2], 'I64')];
    const matrices = [tensor('h.0.attn.c_attn.weight', [8, 24]), tensor('h.0.mlp.c_fc.weight', [8, 32])];
    expect(describeTensors(...matrices, ...extra).key).toBe(describeTensors(...matrices).key);
  });

  it('recognises adapters', () => {
    const lora = (side: string) =>
      tensor(`base_model.model.layers.0.q_proj.lora_${side}.weight`, side === 'A' ? [4, 8] : [8, 4]);
    expect(describeTensors(lora('A'), lora('B'))).toMatchObject({ kind: 'adapter' });
    expect(
      describeTensors(
        tensor('lora_unet_to_q.lora_down.weight', [4, 8]),
        tensor('lora_unet_to_q.lora_up.weight', [8, 4]),
      ).kind,
    ).toBe('adapter');
    expect(describeTensors(...bert(''), lora('A')).kind).toBe('model');
  });

  it('rejects models without float matrices, packed ones, and a tensor in two files', () => {
    const reason = (...tensors: TestTensor[]) => describeArchitecture(located(tensors));
    expect(reason(tensor('layers.0.norm.weight', [8]))).toMatchObject({ reason: 'no-weights' });
    expect(reason(tensor('layers.0.q.weight', [0, 8]))).toMatchObject({ reason: 'no-weights' });
    expect(reason()).toMatchObject({ reason: 'no-weights' });
    expect(reason(tensor('layers.0.q.qweight', [64, 8], 'I32'), tensor('layers.0.q.scales', [4, 8]))).toEqual(
      {
        type: 'rejected',
        reason: 'packed-weights',
        detail:
          'The weights are packed or integer codes (I32 in "layers.0.q.qweight"), not floating-point numbers that could be compared.',
      },
    );
    expect(reason(...bert(''), ...bert('').slice(0, 1))).toMatchObject({ reason: 'duplicate-name' });
  });

  it('counts parameters of every float tensor', () => {
    expect(describeTensors(...transformer({ ...LLAMA_7B, dtype: 'F32' })).parameterCount).toBe(6_738_415_616);
  });
});

describe('token embeddings', () => {
  it.each([
    'embeddings.word_embeddings.weight',
    'model.embed_tokens.weight',
    'transformer.wte.weight',
    'tok_embeddings.weight',
    'shared.weight',
    'gpt_neox.embed_in.weight',
    'transformer.embedding.word_embeddings.weight',
    'my_token_embed.table',
  ])('are known by name: %s', (name) => {
    const { embedding } = describeTensors(
      tensor('layers.0.a.weight', [8, 8]),
      tensor('position_embeddings.weight', [4000, 8]),
      tensor(name, [100, 8]),
    );
    expect(embedding).toMatchObject({ vocabulary: 100, width: 8, tensor: { name } });
  });

  it('are not tables of positions or patches, nor three-dimensional, nor inside a block', () => {
    const others = [
      'pos_embed',
      'position_embeddings.weight',
      'patch_embed.proj.weight',
      'layers.0.embed.weight',
      'token_type_embeddings.weight',
    ];
    const tensors = [
      tensor('layers.0.a.weight', [8, 8]),
      ...others.map((name) => tensor(name, [100, 8])),
      tensor('embed_tokens.weight', [1, 9, 8]),
    ];
    expect(describeTensors(...tensors).embedding).toBeNull();
  });

  it('are the largest of one name: a decoder beside an encoder', () => {
    const tensors = [
      tensor('a.0.x', [8, 8]),
      tensor('encoder.embed_tokens.weight', [90, 8]),
      tensor('decoder.embed_tokens.weight', [100, 8]),
    ];
    expect(describeTensors(...tensors).embedding).toMatchObject({ vocabulary: 100 });
  });
});
