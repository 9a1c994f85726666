import type { TensorObservation } from '../evidence/observation';

/** What a matrix does in its block. */
export type LayerType = 'query' | 'key' | 'value' | 'attention-output' | 'mlp' | 'other';

export const LAYER_TYPES: readonly LayerType[] = [
  'query',
  'key',
  'value',
  'attention-output',
  'mlp',
  'other',
];

export const ATTENTION: readonly LayerType[] = ['query', 'key', 'value', 'attention-output'];

/** First match wins. The spellings of ViT, BERT, RoBERTa, CLIP, Llama, Mistral, Stable Diffusion's UNet, T5 and GPT-J. */
const SPELLINGS: readonly (readonly [LayerType, RegExp])[] = [
  ['query', /(^|\.)(query|q_proj|to_q|q_lin|q|wq)\.weight$/],
  ['key', /(^|\.)(key|k_proj|to_k|k_lin|k|wk)\.weight$/],
  ['value', /(^|\.)(value|v_proj|to_v|v_lin|v|wv)\.weight$/],
  ['attention-output', /(^|\.)(attention\.output\.dense|o_proj|out_proj|out_lin|to_out\.0|o|wo)\.weight$/],
  [
    'mlp',
    /(^|\.)(intermediate\.dense|output\.dense|(gate|up|down)_proj|fc\d|c_fc|mlp\.c_proj|lin\d|w[i123o]_?\d?|dense_\w+)\.weight$/,
  ],
];

/** The type of a tensor by its canonical name: names of tensors are the architecture's, they tell nothing of the tree. */
export function layerTypeOf({ name }: Pick<TensorObservation, 'name'>): LayerType {
  return SPELLINGS.find(([, pattern]) => pattern.test(name))?.[0] ?? 'other';
}
