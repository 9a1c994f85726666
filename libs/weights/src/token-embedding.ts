import type { Tensor } from './safetensors';

/** The table that turns token ids into vectors: row i belongs to token i. */
export interface TokenEmbedding {
  readonly tensor: Tensor;
  readonly vocabulary: number;
  readonly width: number;
}

/** Last segments of the names under which token embeddings are published, most telling first. */
const NAMES = [
  'word_embeddings.weight', // BERT, RoBERTa, Bloom, Falcon, ChatGLM
  'embed_tokens.weight', // Llama, Mistral, Qwen, OPT, Gemma
  'wte.weight', // GPT-2, GPT-J
  'tok_embeddings.weight', // Llama as first published
  'embed_in.weight', // GPT-NeoX, Pythia
  'shared.weight', // T5, BART
  'token_embedding.weight', // CLIP
  'word_embedding.weight', // XLNet
  'tokens_embed.weight', // GPT
  'embeddings.weight', // Mamba
  'embedding.weight',
];

/**
 * The token embedding among floating-point matrices, or null. Known names win in the order above; among several of one name (an
 * encoder's and a decoder's) the largest vocabulary, then the name. Otherwise by shape: the tallest table outside the blocks
 * that has "embed" in its name and far more rows than columns, which tables of positions, types or patches have not.
 */
export function findTokenEmbedding(matrices: readonly Tensor[]): TokenEmbedding | null {
  const tables = matrices
    .filter(({ shape }) => shape.length === 2)
    .map((tensor) => ({ tensor, vocabulary: tensor.shape[0]!, width: tensor.shape[1]! }))
    .sort((a, b) => b.vocabulary - a.vocabulary || (a.tensor.name < b.tensor.name ? -1 : 1));
  for (const known of NAMES) {
    const found = tables.find(({ tensor: { name } }) => name === known || name.endsWith(`.${known}`));
    if (found !== undefined) return found;
  }
  return (
    tables.find(({ tensor: { name }, vocabulary, width }) => isTokenLike(name) && vocabulary >= 4 * width) ??
    null
  );
}

function isTokenLike(name: string): boolean {
  return (
    /embed/i.test(name) &&
    !/(^|\.)\d+(\.|$)/.test(name) &&
    !/pos|type|patch|time|relative|segment|lora/i.test(name)
  );
}
