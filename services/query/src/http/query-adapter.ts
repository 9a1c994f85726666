import { FastifyAdapter } from '@nestjs/platform-fastify';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { STATUS_CODES } from 'node:http';
import type { Socket } from 'node:net';
import { URL_CHARACTERS_MAX } from './page-size';
import { PROBLEM_JSON, problemBody } from './problem';
import { sendProblem } from './problem-filter';

const BODY_BYTES_MAX = 64 << 10;
const REQUEST_TIMEOUT_MS = 30_000;

/** Node refuses longer request lines and headers, so the router never sees a longer name. */
const HEADER_BYTES_MAX = 16 << 10;

/**
 * The Fastify adapter for an application that mounts `QueryModule`: bounds on what comes in, and problem+json also for what
 * is refused before any route is found.
 */
export function queryAdapter(): FastifyAdapter {
  const adapter = new FastifyAdapter({
    bodyLimit: BODY_BYTES_MAX,
    requestTimeout: REQUEST_TIMEOUT_MS,
    http: { maxHeaderSize: HEADER_BYTES_MAX },
    routerOptions: { maxParamLength: HEADER_BYTES_MAX },
    forceCloseConnections: true,
    clientErrorHandler: refuse,
    frameworkErrors: (_error: unknown, request: FastifyRequest, reply: FastifyReply) => {
      const detail = 'The path is not valid percent-encoding (RFC 3986).';
      sendProblem(reply, problemBody('bad-url', 400, 'Bad URL', detail, { instance: request.url }));
    },
  });
  adapter.getInstance().addHook('onRequest', (request, reply, done) => {
    if (request.url.length <= URL_CHARACTERS_MAX) return done();
    const detail = `The URL has ${request.url.length} characters; at most ${URL_CHARACTERS_MAX} are read.`;
    sendProblem(reply, problemBody('url-too-long', 414, 'URL too long', detail));
  });
  return adapter;
}

const REFUSALS: Readonly<Record<string, number>> = {
  HPE_HEADER_OVERFLOW: 431,
  ERR_HTTP_REQUEST_TIMEOUT: 408,
};

/** For what Node's parser gives up on: there is no request yet, only a socket. */
function refuse(error: Error & { code?: string }, socket: Socket): void {
  if (error.code === 'ECONNRESET' || socket.destroyed) return;
  const status = REFUSALS[error.code ?? ''] ?? 400;
  const title = STATUS_CODES[status] ?? 'Bad Request';
  const detail = `What was sent is no HTTP request that this server reads (${error.code ?? error.message}).`;
  const body = JSON.stringify(problemBody('bad-request', status, title, detail));
  const head = `HTTP/1.1 ${status} ${title}\r\nContent-Type: ${PROBLEM_JSON}\r\nContent-Length: ${Buffer.byteLength(body)}`;
  if (socket.writable) socket.write(`${head}\r\nConnection: close\r\n\r\n${body}`);
  socket.destroySoon();
}
