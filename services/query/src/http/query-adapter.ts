import { FastifyAdapter } from '@nestjs/platform-fastify';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { URL_CHARACTERS_MAX } from './page-size';
import { problemBody } from './problem';
import { sendProblem } from './problem-filter';

const BODY_BYTES_MAX = 64 << 10;
const REQUEST_TIMEOUT_MS = 30_000;

/**
 * The Fastify adapter for an application that mounts `QueryModule`: bounds on what comes in, and problem+json also for what
 * is refused before any route is found.
 */
export function queryAdapter(): FastifyAdapter {
  const adapter = new FastifyAdapter({
    bodyLimit: BODY_BYTES_MAX,
    requestTimeout: REQUEST_TIMEOUT_MS,
    // Names are looked up as they are, so the router must not cut them; the URL as a whole has a bound.
    routerOptions: { maxParamLength: URL_CHARACTERS_MAX },
    forceCloseConnections: true,
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
