import { createReadStream } from 'node:fs';
import { Readable, Transform } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import type { Exchange } from './exchange';
import type { ZooFile, ZooModel } from './zoo-model';

/** Half-open range of bytes. */
interface Span {
  readonly begin: number;
  readonly end: number;
}

/**
 * Answers GET or HEAD of one file: 206 with `Content-Range` for a range, 416 behind the end, and the whole file when
 * there is no range or, as the Hub does, when the range is malformed or empty (`bytes=100-99`).
 */
export async function answerFile(exchange: Exchange, model: ZooModel, file: ZooFile): Promise<void> {
  const { request, response } = exchange;
  const asked = exchange.fault('ignore-range') ? null : rangeOf(request.headers.range, file.size);
  const headers = fileHeaders(model, file);
  if (asked === 'unsatisfiable') {
    response.writeHead(416, { ...headers, 'content-range': `bytes */${file.size}` }).end();
    return;
  }
  const span = clip(asked ?? { begin: 0, end: file.size }, exchange.fault('short')?.bytes);
  const total = exchange.fault('wrong-total')?.size ?? file.size;
  const range = asked && { 'content-range': `bytes ${span.begin}-${span.end - 1}/${total}` };
  const length = span.end - span.begin;
  response.writeHead(asked ? 206 : 200, { ...headers, ...range, 'content-length': length });
  if (request.method === 'HEAD' || length === 0) {
    response.end();
    return;
  }
  await send(exchange, file, span);
}

const clip = (span: Span, lengthMax = Infinity): Span => ({
  begin: span.begin,
  end: Math.min(span.end, span.begin + lengthMax),
});

function fileHeaders(model: ZooModel, file: ZooFile): Record<string, string | number> {
  const etag = `"${file.sha256}"`;
  return {
    'content-type': 'application/octet-stream',
    'accept-ranges': 'bytes',
    etag,
    'x-linked-etag': etag,
    'x-linked-size': file.size,
    'x-repo-commit': model.sha,
  };
}

function rangeOf(header: string | undefined, size: number): Span | 'unsatisfiable' | null {
  const match = /^bytes=(\d+)-(\d*)$/.exec(header ?? '');
  if (match === null) return null;
  const begin = Number(match[1]);
  const last = match[2] === '' ? size - 1 : Math.min(Number(match[2]), size - 1);
  if (begin >= size) return 'unsatisfiable';
  return last < begin ? null : { begin, end: last + 1 };
}

/** Streams a span of the file; `truncate` and `stall` faults stop short of the announced length. */
async function send(exchange: Exchange, file: ZooFile, announced: Span): Promise<void> {
  const { response } = exchange;
  const stop = exchange.fault('truncate') ?? exchange.fault('stall');
  const span = clip(announced, stop?.bytes);
  if (span.end > span.begin) {
    const outgoing = outgoingBytes(exchange, span.begin);
    await pipeline(contentOf(file, span), outgoing, response, { end: stop === undefined });
  } else {
    response.flushHeaders();
  }
  // destroySoon lets what was written leave first; destroy would throw it away.
  if (stop?.type === 'truncate') response.socket?.destroySoon();
}

function contentOf(file: ZooFile, { begin, end }: Span): Readable {
  if (file.content.type === 'disk')
    return createReadStream(file.content.location, { start: begin, end: end - 1 });
  return Readable.from([file.content.bytes.subarray(begin, end)]);
}

/** Counts what passes, and puts the bytes of `overwrite` faults over it; the stream starts at `begin` of the file. */
function outgoingBytes(exchange: Exchange, begin: number): Transform {
  let at = begin;
  return new Transform({
    transform(chunk: Buffer, _encoding, done) {
      const bytes = Buffer.from(chunk);
      for (const fault of exchange.faults) {
        if (fault.type === 'overwrite') overwrite(bytes, fault.at - at, fault.bytes);
      }
      at += bytes.length;
      exchange.bytes += bytes.length;
      done(null, bytes);
    },
  });
}

/** Writes `patch` at `offset` of `bytes`, as far as the two overlap; the offset may be negative. */
function overwrite(bytes: Buffer, offset: number, patch: Uint8Array): void {
  const visible = patch.subarray(Math.max(0, -offset), Math.max(0, bytes.length - offset));
  bytes.set(visible, Math.max(0, Math.min(offset, bytes.length)));
}
