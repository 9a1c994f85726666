import type { DeclaredBase } from './declared-base';
import type { Origin } from './truth';
import type { CardData } from './zoo-model';

/** The card's front matter for a model that was made like `origin` and declares `declared`. */
export function cardOf(origin: Origin, declared: DeclaredBase): CardData {
  const merged = origin.graph.startsWith('lora');
  return {
    license: 'apache-2.0',
    library_name: 'transformers',
    pipeline_tag: 'image-feature-extraction',
    tags: ['vit'],
    ...(declared.base === null
      ? {}
      : { base_model: declared.base, base_model_relation: merged ? 'adapter' : 'finetune' }),
  };
}

/** `README.md`: the front matter as YAML and a line for people that does not give the tree away. */
export function readmeOf(repo: string, card: CardData): string {
  const lines = Object.entries(card).flatMap(([key, value]: [string, string | readonly string[]]) =>
    typeof value === 'string' ? [`${key}: ${value}`] : [`${key}:`, ...value.map((item) => `- ${item}`)],
  );
  return [
    '---',
    ...lines,
    '---',
    `# ${repo}`,
    '',
    'A small vision transformer that reads rendered glyphs.',
    '',
  ].join('\n');
}

/** `config.json` of every model of the zoo: one architecture, the Hub's spelling. */
export const ZOO_CONFIG = {
  architectures: ['ViTModel'],
  model_type: 'vit',
  hidden_size: 48,
  num_hidden_layers: 4,
  num_attention_heads: 4,
  intermediate_size: 192,
  hidden_act: 'gelu',
  image_size: 32,
  patch_size: 8,
  num_channels: 1,
  qkv_bias: true,
  torch_dtype: 'float16',
} as const;
