import { concatenated, readBody } from './body';
import { Refusal, rejected } from './outcome';
import type { Purpose, Span } from './purpose';
import { refusedBy } from './refused-by';
import { askedWaitMs } from './retry';

/** How one try went: an answer, or a failure that another try may mend. */
export type Try = { readonly type: 'answered'; readonly response: Response } | FailedTry;

export interface FailedTry {
  readonly type: 'failed';
  /** What the hub did, in words that follow "but". */
  readonly why: string;
  /** How long it asked to be left alone. */
  readonly waitMs: number | null;
  /** What came of a span before it broke off; it need not be asked for again. */
  readonly bytes?: Uint8Array;
  /** Whether the answer began well and ended early. */
  readonly brokeOff?: boolean;
  readonly cause?: unknown;
}

export interface AnswerContext {
  readonly purpose: Purpose;
  /** What earlier tries brought of the span. */
  readonly received: readonly Uint8Array[];
  readonly hasToken: boolean;
  readonly jsonBytesMax: number;
}

const ERROR_BYTES_MAX = 64 * 2 ** 10;

/** Reads a response to its end and decides what it is; throws a `Refusal` where asking again is no use. */
export async function judged(response: Response, context: AnswerContext): Promise<Try> {
  const { purpose } = context;
  if (!response.ok) return judgedFailure(response, context);
  return typeof purpose.expects === 'string'
    ? judgedJson(response, context, purpose.expects)
    : judgedSpan(response, context, purpose.expects);
}

async function judgedFailure(response: Response, { purpose, hasToken }: AnswerContext): Promise<Try> {
  const refused = refusedBy(response, purpose, hasToken);
  // Read, so that the connection can be used again; what it says is for people who look with a browser.
  await readBody(response, ERROR_BYTES_MAX, purpose.meters);
  if (refused !== null) throw new Refusal(refused);
  return {
    type: 'failed',
    why: `it answered ${response.status}`,
    waitMs: askedWaitMs(response.headers, Date.now()),
  };
}

async function judgedJson(
  response: Response,
  { purpose, jsonBytesMax }: AnswerContext,
  shape: 'objects' | 'object',
): Promise<Try> {
  const body = await readBody(response, jsonBytesMax, purpose.meters);
  const failed = (why: string, cause?: unknown): Try => ({ type: 'failed', why, waitMs: null, cause });
  if (body.type === 'cut') return failed('its answer broke off', body.cause);
  if (body.type === 'too-long') return failed(`its answer is longer than ${jsonBytesMax} bytes`);
  if (!hasShape(body.bytes, shape)) return failed('its answer is not the JSON that was asked for');
  return { type: 'answered', response: new Response(body.bytes, response) };
}

function hasShape(bytes: Uint8Array, shape: 'objects' | 'object'): boolean {
  const isObject = (value: unknown) => typeof value === 'object' && value !== null && !Array.isArray(value);
  try {
    const json: unknown = JSON.parse(new TextDecoder().decode(bytes));
    return shape === 'object' ? isObject(json) : Array.isArray(json) && json.every(isObject);
  } catch {
    return false;
  }
}

/** `@huggingface/hub` takes any bytes for the range it asked for, so the range is checked here: its place, its length, its file. */
async function judgedSpan(
  response: Response,
  { purpose, received }: AnswerContext,
  span: Span,
): Promise<Try> {
  const { begin, end, size } = span;
  const from = begin + received.reduce((sum, part) => sum + part.byteLength, 0);
  const asked = `bytes ${from} to ${end} of ${purpose.subject}`;
  const refuse = async (reason: 'range-ignored' | 'size-mismatch', found: string) => {
    await response.body?.cancel();
    throw new Refusal(rejected(reason, `Asked for ${asked}, but ${found}.`));
  };
  const range = /^bytes (\d+)-(\d+)\/(\d+|\*)$/.exec(response.headers.get('content-range') ?? '');
  if (response.status !== 206)
    return refuse('range-ignored', `the hub ignores ranges (it answered ${response.status})`);
  if (range === null || Number(range[1]) !== from)
    return refuse('range-ignored', 'the hub answered another range');
  if (range[3] !== '*' && Number(range[3]) !== size) {
    return refuse('size-mismatch', `the file has ${range[3]} bytes and not the ${size} of its listing`);
  }
  const body = await readBody(response, end - from, purpose.meters);
  if (body.type === 'too-long') return refuse('range-ignored', 'the hub sent more than that');
  // What matters is what came: a connection may well break behind the last byte.
  if (body.bytes.byteLength < end - from) {
    const cause = body.type === 'cut' ? body.cause : undefined;
    return { type: 'failed', why: 'it broke off', waitMs: null, bytes: body.bytes, brokeOff: true, cause };
  }
  const bytes = received.length === 0 ? body.bytes : concatenated([...received, body.bytes]);
  return { type: 'answered', response: responseOf(bytes, response.headers) };
}

/** A response that hands out these very bytes: one made of them would copy them twice, and spans have mebibytes. */
function responseOf(bytes: Uint8Array<ArrayBuffer>, headers: Headers): Response {
  const response = new Response(null, { status: 206, headers });
  return Object.defineProperty(response, 'arrayBuffer', { value: () => Promise.resolve(bytes.buffer) });
}
