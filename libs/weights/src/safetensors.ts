import type { Dtype } from './dtype';
import { bitsOf, DTYPES, isDtype } from './dtype';
import { scanJson } from './json-scan';
import type { WeightsLimits } from './limits';
import { defaultLimits, FORMAT_HEADER_BYTES_MAX } from './limits';
import type { Rejected, WeightsRejection } from './rejection';
import { quoted, rejected } from './rejection';

/** One named array of a weights file. `begin` and `end` are byte offsets from the start of that file. */
export interface Tensor {
  readonly name: string;
  readonly dtype: Dtype;
  readonly shape: readonly number[];
  /** Index of the weights file that holds it. */
  readonly file: number;
  readonly begin: number;
  readonly end: number;
}

export interface Header {
  readonly type: 'header';
  /** In the order of their bytes. */
  readonly tensors: readonly Tensor[];
}

export interface HeaderExtent {
  readonly type: 'extent';
  /** Bytes from the start of the file that hold the whole header. */
  readonly bytes: number;
}

export interface HeaderContext {
  /** Size of the whole file: offsets are checked against it. */
  readonly fileBytes: number;
  readonly file?: number;
  readonly limits?: Partial<WeightsLimits>;
}

/** Bytes of the little-endian length that begins a safetensors file. */
export const HEADER_PREFIX_BYTES = 8;
/** `{ name: { shape: [ ] } }`: nothing in a header nests deeper. */
const HEADER_DEPTH_MAX = 3;

/**
 * How many bytes of a safetensors file hold its header, from its first 8 bytes. Rejects a length over the limit or
 * over the file, so that nobody fetches or allocates what a lying header asks for.
 */
export function headerExtent(
  bytes: Uint8Array,
  { fileBytes, limits }: HeaderContext,
): HeaderExtent | Rejected {
  if (bytes.byteLength < HEADER_PREFIX_BYTES) {
    return rejected(
      'header-truncated',
      `A safetensors file begins with 8 bytes of header length; this one has ${bytes.byteLength} bytes.`,
    );
  }
  const { headerBytesMax } = { ...defaultLimits, ...limits };
  const allowed = Math.min(headerBytesMax, FORMAT_HEADER_BYTES_MAX);
  const length = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength).getBigUint64(0, true);
  if (length > BigInt(allowed)) {
    return rejected(
      'header-too-large',
      textInstead(bytes) ??
        `The header says it is ${length.toString()} bytes long; at most ${allowed} are read.`,
    );
  }
  const end = HEADER_PREFIX_BYTES + Number(length);
  if (end > fileBytes) {
    return rejected(
      'header-truncated',
      `The header says it ends at byte ${end}, but the file has ${fileBytes} bytes.`,
    );
  }
  return { type: 'extent', bytes: end };
}

/** What to say of a file of text, which is what is there most often in place of weights; null where it begins with other bytes. */
function textInstead(bytes: Uint8Array): string | null {
  const text = String.fromCharCode(...bytes.subarray(0, HEADER_PREFIX_BYTES));
  if (!/^[\t\n\r\x20-\x7e]+$/.test(text)) return null;
  const pointer = text === 'version ' ? ', but a pointer to one that Git LFS has not fetched yet' : '';
  return `It begins with the text ${quoted(text)}: it is no safetensors file${pointer}.`;
}

/**
 * Reads the header of a safetensors file: 8 bytes of length, that many bytes of JSON, then the arrays back to back.
 * `bytes` is the beginning of the file, at least as long as `headerExtent` says.
 *
 * Everything in it is taken for hostile; what comes back satisfies: unique names, known dtypes, shape × dtype = byte
 * length, and byte ranges that cover the rest of the file once, without overlap or hole. Values are not looked at.
 */
export function parseSafetensorsHeader(bytes: Uint8Array, context: HeaderContext): Header | Rejected {
  const limits = { ...defaultLimits, ...context.limits };
  const extent = headerExtent(bytes, context);
  if (extent.type === 'rejected') return extent;
  if (bytes.byteLength < extent.bytes) {
    return rejected(
      'header-truncated',
      `The header takes ${extent.bytes} bytes; only ${bytes.byteLength} were read.`,
    );
  }
  const json = parseHeaderJson(bytes.subarray(HEADER_PREFIX_BYTES, extent.bytes), limits);
  if (json.type === 'rejected') return json;
  const tensors: Tensor[] = [];
  for (const [name, entry] of Object.entries(json.value)) {
    const problem = name === '__metadata__' ? metadataProblem(entry) : null;
    if (problem !== null) return rejected('header-malformed', problem);
    if (name === '__metadata__') continue;
    const tensor = parseTensor(name, entry, extent.bytes, context.file ?? 0, limits);
    if ('type' in tensor) return tensor;
    tensors.push(tensor);
  }
  if (tensors.length > limits.tensorsMax) return tooManyTensors(limits);
  tensors.sort((a, b) => a.begin - b.begin || a.end - b.end || (a.name < b.name ? -1 : 1));
  return layoutProblem(tensors, extent.bytes, context.fileBytes) ?? { type: 'header', tensors };
}

/** `JSON.parse` makes even `__proto__` an own property, so reading own keys is safe. */
type JsonObject = Readonly<Record<string, unknown>>;

/** Depth, key counts and repeated keys are looked at before anything is built from the text. */
function parseHeaderJson(
  bytes: Uint8Array,
  limits: WeightsLimits,
): { readonly type: 'json'; readonly value: JsonObject } | Rejected {
  const text = utf8(bytes);
  if (text === null) return rejected('header-not-json', 'The header is not valid UTF-8 text.');
  const scan = scanJson(text, { depthMax: HEADER_DEPTH_MAX, keysMax: limits.tensorsMax + 1 });
  if (scan.type === 'duplicate-key')
    return rejected('duplicate-name', `The header names ${quoted(scan.key)} twice.`);
  if (scan.type === 'too-many-keys') return tooManyTensors(limits);
  if (scan.type === 'too-deep') {
    return rejected(
      'header-malformed',
      `The header nests deeper than ${HEADER_DEPTH_MAX} levels, which no header does.`,
    );
  }
  const value = parsed(text);
  if (value === undefined) return rejected('header-not-json', 'The header is not valid JSON.');
  if (!isObject(value))
    return rejected('header-malformed', 'The header is JSON but not an object of tensors.');
  return { type: 'json', value };
}

function tooManyTensors({ tensorsMax }: WeightsLimits): Rejected {
  return rejected('too-many-tensors', `The header holds more than ${tensorsMax} entries.`);
}

/** The format allows a map from text to text; nothing in it is used. */
function metadataProblem(value: unknown): string | null {
  if (!isObject(value)) return 'The header field "__metadata__" is not an object.';
  const wrong = Object.entries(value).find(([, text]) => typeof text !== 'string');
  return wrong === undefined ? null : `The metadata field ${quoted(wrong[0])} is not a text.`;
}

/** One entry of the header. What it says of itself must agree; how entries lie beside each other is `layoutProblem`'s. */
function parseTensor(
  name: string,
  entry: unknown,
  dataBegin: number,
  file: number,
  limits: WeightsLimits,
): Tensor | Rejected {
  const reject = (reason: WeightsRejection, detail: string) =>
    rejected(reason, `Tensor ${quoted(name)} ${detail}`);
  // A lone surrogate has no UTF-8 form: two such names would become one in the sketch.
  if (/\p{Surrogate}/u.test(name)) return reject('header-malformed', 'has a name that is not valid text.');
  if (!isObject(entry)) return reject('header-malformed', 'is not described by an object.');
  const { dtype, shape, data_offsets: offsets } = entry;
  if (!isDtype(dtype)) {
    const found = typeof dtype === 'string' ? quoted(dtype) : 'no name at all';
    return reject('unknown-dtype', `has an element type that is none of ${DTYPES.join(', ')}: ${found}.`);
  }
  if (!Array.isArray(shape) || !shape.every(isCount))
    return reject('header-malformed', 'has a shape that is not a list of counts.');
  if (shape.length > limits.dimensionsMax) {
    return reject(
      'too-many-dimensions',
      `has ${shape.length} dimensions; at most ${limits.dimensionsMax} are read.`,
    );
  }
  if (!Array.isArray(offsets) || offsets.length !== 2 || !offsets.every(isCount)) {
    return reject('header-malformed', 'has data_offsets that are not two counts.');
  }
  const [begin, end] = offsets as [number, number];
  if (end < begin)
    return reject('offsets-out-of-range', `ends at byte ${end}, before it begins at ${begin}.`);
  const expected = tensorBytes(shape, dtype);
  if (expected !== end - begin) {
    const should = expected === null ? 'is more than any file holds' : `takes ${expected} bytes`;
    return reject(
      'length-mismatch',
      `of shape [${shape.join(', ')}] in ${dtype} ${should}, but its offsets span ${end - begin}.`,
    );
  }
  return { name, dtype, shape, file, begin: dataBegin + begin, end: dataBegin + end };
}

/** Bytes that a shape takes, or null where that is no whole number of bytes below 2⁵³ (the product is never formed inexactly). */
function tensorBytes(shape: readonly number[], dtype: Dtype): number | null {
  const elements = elementCount(shape);
  if (elements === null || elements > Number.MAX_SAFE_INTEGER / bitsOf(dtype)) return null;
  const bytes = (elements * bitsOf(dtype)) / 8;
  return Number.isInteger(bytes) ? bytes : null;
}

/** The product of the dimensions, or null where it passes 2⁵³ − 1. A zero anywhere makes it zero, whatever stands beside it. */
export function elementCount(shape: readonly number[]): number | null {
  if (shape.includes(0)) return 0;
  let product = 1;
  for (const dimension of shape) {
    if (dimension > Number.MAX_SAFE_INTEGER / product) return null;
    product *= dimension;
  }
  return product;
}

/** The format's own rule: the arrays cover the rest of the file exactly once. `tensors` are sorted by their bytes. */
function layoutProblem(tensors: readonly Tensor[], dataBegin: number, fileBytes: number): Rejected | null {
  let covered = dataBegin;
  for (const { name, begin, end } of tensors) {
    if (end > fileBytes) {
      return rejected(
        'offsets-out-of-range',
        `Tensor ${quoted(name)} ends at byte ${end}, but the file has ${fileBytes} bytes.`,
      );
    }
    if (begin < covered)
      return rejected(
        'offsets-overlap',
        `Tensor ${quoted(name)} begins at byte ${begin}, inside the one before it.`,
      );
    if (begin > covered)
      return rejected(
        'offsets-hole',
        `Bytes ${covered} to ${begin}, before tensor ${quoted(name)}, belong to no tensor.`,
      );
    covered = end;
  }
  if (covered < fileBytes)
    return rejected('offsets-hole', `Bytes ${covered} to ${fileBytes}, at the end, belong to no tensor.`);
  return null;
}

/** Text of UTF-8 bytes, or null where they are not that. */
export function utf8(bytes: Uint8Array): string | null {
  try {
    return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes);
  } catch {
    return null;
  }
}

/** The value of JSON text, or undefined (which JSON cannot say) where it is not that. */
export function parsed(text: string): unknown {
  try {
    return JSON.parse(text) as unknown;
  } catch {
    return undefined;
  }
}

export function isObject(value: unknown): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** Counts above 2⁵³ − 1 cannot be held exactly, and no file is that long. */
function isCount(value: unknown): value is number {
  return typeof value === 'number' && Number.isSafeInteger(value) && value >= 0;
}
