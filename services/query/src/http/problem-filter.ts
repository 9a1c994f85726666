import { Catch, HttpException, Logger, type ArgumentsHost, type ExceptionFilter } from '@nestjs/common';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { STATUS_CODES } from 'node:http';
import { PROBLEM_JSON, problemBody, ProblemError, type ProblemBody } from './problem';

/** Turns whatever a route throws into problem+json; what the caller did not cause is logged and not told. */
@Catch()
export class ProblemFilter implements ExceptionFilter {
  readonly #logger = new Logger('Query');

  catch(error: unknown, host: ArgumentsHost): void {
    const request = host.switchToHttp().getRequest<FastifyRequest>();
    const reply = host.switchToHttp().getResponse<FastifyReply>();
    if (reply.sent || reply.raw.headersSent) {
      reply.raw.destroy();
      return;
    }
    const body = this.#body(error, request);
    if (error instanceof ProblemError) void reply.headers(error.headers);
    sendProblem(reply, { ...body, instance: request.url });
  }

  #body(error: unknown, request: FastifyRequest): ProblemBody {
    if (error instanceof ProblemError) return error.body;
    if (error instanceof HttpException && error.getStatus() < 500)
      return callerIsWrong(error.getStatus(), request);
    this.#logger.error(
      `${request.method} ${request.url} failed`,
      error instanceof Error ? error.stack : String(error),
    );
    return problemBody(
      'internal',
      500,
      'Internal error',
      'This is our fault; the log of the service says more. Try again.',
    );
  }
}

export function sendProblem(reply: FastifyReply, body: ProblemBody): void {
  void reply.status(body.status).header('content-type', PROBLEM_JSON).header('cache-control', 'no-store');
  // As bytes: to a text Fastify would add a charset, which JSON does not have.
  void reply.send(Buffer.from(JSON.stringify(body)));
}

function callerIsWrong(status: number, { method, url }: FastifyRequest): ProblemBody {
  if (status === 404) {
    const detail = `There is no ${method} ${url.split('?')[0]}. GET /openapi.json lists all routes.`;
    return problemBody('no-such-route', 404, 'No such route', detail);
  }
  const title = STATUS_CODES[status] ?? 'Bad request';
  return problemBody('bad-request', status, title, 'GET /openapi.json says what each route takes.');
}
