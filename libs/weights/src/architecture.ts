import { createHash } from 'node:crypto';
import { blockPath, canonicalNames } from './canonical-name';
import { isWeightDtype } from './dtype';
import type { Rejected } from './rejection';
import { quoted, rejected } from './rejection';
import type { Tensor } from './safetensors';
import { elementCount } from './safetensors';
import type { TokenEmbedding } from './token-embedding';
import { findTokenEmbedding } from './token-embedding';

/** A weight matrix of the backbone. Kernels of convolutions are flattened: `[out, in, k, k]` counts as `[out, in·k·k]`. */
export interface BackboneTensor {
  readonly canonicalName: string;
  readonly rows: number;
  readonly columns: number;
  readonly tensor: Tensor;
}

/** What makes two models comparable number by number (DESIGN 3.1). */
export interface Architecture {
  readonly type: 'architecture';
  /** SHA-256, in hex, over the sorted (canonical name, shape) of the backbone. */
  readonly key: string;
  /** `adapter`: every matrix is a low-rank factor; such files descend from each other, never from the model they adapt. */
  readonly kind: 'model' | 'adapter';
  /** Sorted by canonical name. */
  readonly backbone: readonly BackboneTensor[];
  /** Not part of the key: a grown vocabulary must not hide a parent. */
  readonly embedding: TokenEmbedding | null;
  /** Numbers in all floating-point tensors, heads and norms included. */
  readonly parameterCount: number;
}

/** Path segments of what sits on top of a backbone and is replaced when it gets another task. */
const HEADS =
  /(^|\.)(classifier|heads?|lm_head|score|cls|qa_outputs|predictions|pooler|pre_logits|logits|output_projection|fc)(\.|$)/;
const EMBEDDINGS = /(^|\.)([^.]*embed(ding)?s?|embd|wte|wpe|tokens_embed|positions_embed)(\.|$)/;
/** PEFT, diffusers and kohya spellings of the two low-rank factors. */
const LOW_RANK_FACTOR =
  /(^|\.)(lora_[ab]|lora_(up|down)|lora\.(up|down)|lora_linear_layer\.(up|down)|lora_embedding_[ab])(\.|$)/i;

/**
 * Describes a model from its tensors (all files together). Rejects one without a floating-point matrix, and one whose
 * matrices are packed integers, since codes that need scales to mean anything cannot be compared with the numbers of another model.
 */
export function describeArchitecture(tensors: readonly Tensor[]): Architecture | Rejected {
  const repeated = firstRepeated(tensors.map(({ name }) => name));
  if (repeated !== null)
    return rejected('duplicate-name', `Tensor ${quoted(repeated)} is in more than one weights file.`);
  const matrices = tensors.filter(isMatrix);
  const floats = matrices.filter(({ dtype }) => isWeightDtype(dtype));
  const packed = packedProblem(matrices);
  if (packed !== null) return packed;
  if (floats.length === 0) {
    return rejected(
      'no-weights',
      `None of the ${tensors.length} tensors is a non-empty matrix of floating-point numbers.`,
    );
  }
  const backbone = backboneOf(floats);
  return {
    type: 'architecture',
    key: architectureKey(backbone),
    kind: backbone.every(({ tensor }) => LOW_RANK_FACTOR.test(tensor.name)) ? 'adapter' : 'model',
    backbone,
    embedding: findTokenEmbedding(floats),
    parameterCount: tensors
      .filter(({ dtype }) => isWeightDtype(dtype))
      .reduce((sum, { shape }) => sum + sizeOf(shape), 0),
  };
}

/** DESIGN 3.1: SHA-256 over the sorted (canonical name, shape). `backbone` is sorted already. */
function architectureKey(backbone: readonly BackboneTensor[]): string {
  const hash = createHash('sha256');
  for (const { canonicalName, rows, columns } of backbone)
    hash.update(`${JSON.stringify([canonicalName, rows, columns])}\n`);
  return hash.digest('hex');
}

/** DESIGN 3.1: the tensors that make the key and that are compared. */
function backboneOf(matrices: readonly Tensor[]): BackboneTensor[] {
  const blocks = blockMatrices(matrices);
  const chosen = blocks.length > 0 ? blocks : looseMatrices(matrices);
  const names =
    blocks.length > 0 ? canonicalNames(chosen.map(({ name }) => name)) : chosen.map(({ name }) => name);
  return chosen
    .map((tensor, at) => {
      const rows = tensor.shape[0]!;
      return { canonicalName: names[at]!, rows, columns: sizeOf(tensor.shape) / rows, tensor };
    })
    .sort((a, b) => (a.canonicalName < b.canonicalName ? -1 : 1));
}

/**
 * Matrices inside numbered blocks. A list counts as blocks where some entry of it holds two matrices or more: that leaves out the
 * numbered layers of a head or projector (`classifier.0.weight`, `classifier.2.weight`), which come and go between relatives.
 * Where no list is like that, every numbered matrix counts.
 */
function blockMatrices(matrices: readonly Tensor[]): readonly Tensor[] {
  const numbered = matrices.flatMap((tensor) => {
    const path = blockPath(tensor.name);
    return path === null || HEADS.test(path.list) ? [] : [{ tensor, ...path }];
  });
  const held = new Map<string, number>();
  const full = new Set<string>();
  for (const { list, entry } of numbered) {
    const count = (held.get(`${list}.${entry}`) ?? 0) + 1;
    held.set(`${list}.${entry}`, count);
    if (count === 2) full.add(list);
  }
  return numbered.filter(({ list }) => full.size === 0 || full.has(list)).map(({ tensor }) => tensor);
}

/** For a model without numbered blocks: all matrices but heads and embeddings, unless that leaves nothing. */
function looseMatrices(matrices: readonly Tensor[]): readonly Tensor[] {
  const inner = matrices.filter(({ name }) => !HEADS.test(name) && !EMBEDDINGS.test(name));
  return inner.length > 0 ? inner : matrices;
}

/** Two dimensions or more and not empty. Biases never count, whatever their shape: GPT-2 saves its causal mask as a 4-d `attn.bias`. */
function isMatrix({ name, shape }: Tensor): boolean {
  return shape.length >= 2 && sizeOf(shape) > 0 && !/(^|[._])bias$/.test(name);
}

/** Judged by size: a quantised model keeps small float tensors (scales, norms) beside its codes. */
function packedProblem(matrices: readonly Tensor[]): Rejected | null {
  const blocks = matrices.filter(({ name }) => blockPath(name) !== null);
  const counted = blocks.length > 0 ? blocks : matrices;
  const packed = counted.filter(({ dtype }) => !isWeightDtype(dtype));
  const sizes = (some: readonly Tensor[]) => some.reduce((sum, { shape }) => sum + sizeOf(shape), 0);
  if (packed.length === 0 || 2 * sizes(packed) <= sizes(counted)) return null;
  const { name, dtype } = packed[0]!;
  const others = packed.length === 1 ? '' : ` and ${packed.length - 1} others`;
  return rejected(
    'packed-weights',
    `The weights are packed or integer codes (${dtype} in ${quoted(name)}${others}), not floating-point numbers that could be compared.`,
  );
}

function firstRepeated(names: readonly string[]): string | null {
  const seen = new Set<string>();
  for (const name of names) {
    if (seen.has(name)) return name;
    seen.add(name);
  }
  return null;
}

/** Elements of a shape that a header parser has let through, so the product is exact. */
function sizeOf(shape: readonly number[]): number {
  return elementCount(shape) ?? Infinity;
}
