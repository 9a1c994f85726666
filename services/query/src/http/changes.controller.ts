import { Controller, Get, Inject, Query, Req, Res, UseGuards, type OnModuleDestroy } from '@nestjs/common';
import { ApiHeader, ApiTags } from '@nestjs/swagger';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { z } from 'zod';
import { QUERY_LIMITS, type QueryLimits } from '../query-options';
import { ReadModel } from '../read-model/read-model';
import { streamChanges } from './change-stream';
import { Describe } from './describe-route';
import { WAIT_S_MAX } from './page-size';
import { AsksFor, pageLimit, QueryPipe, wholeNumber } from './parameters';
import { badParameter, notYet } from './problem';
import { ReadyGuard } from './ready.guard';

const after = wholeNumber(0, Number.MAX_SAFE_INTEGER);
const page = z.object({
  after: after.default(0).describe('The seq of the last change that is known already.'),
  limit: pageLimit(),
  wait: wholeNumber(0, WAIT_S_MAX)
    .default(0)
    .describe('Long poll: seconds to wait for a change where there is none yet.'),
});
const streamed = z.object({
  after: after
    .optional()
    .describe('Where to begin; without it and without Last-Event-ID: with the next change.'),
});

const RETRY_AFTER_S = 5;

@ApiTags('changes')
@UseGuards(ReadyGuard)
@Controller('v1/changes')
export class ChangesController implements OnModuleDestroy {
  /** Those who wait: to be let go when the service stops. */
  readonly #waiting = new Set<AbortController>();
  #longPolls = 0;
  #streams = 0;

  constructor(
    @Inject(ReadModel) private readonly model: ReadModel,
    @Inject(QUERY_LIMITS) private readonly limits: QueryLimits,
  ) {}

  onModuleDestroy(): void {
    for (const waiting of this.#waiting) waiting.abort();
  }

  @Get()
  @Describe({
    summary: 'The changes after a seq, oldest first; waits for the next one if asked to',
    description: 'Read from after=0 and go on with after=next: nothing is missed and nothing comes twice.',
    answer: 'Changes',
  })
  @AsksFor(page)
  async listChanges(
    @Query(new QueryPipe(page)) query: z.output<typeof page>,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<string> {
    const { history } = this.model;
    if (query.wait > 0 && history.seq <= query.after)
      await this.#longPoll(query.after, query.wait * 1000, reply);
    const changes = history.read(query.after, query.limit);
    void reply.header('content-type', 'application/json; charset=utf-8').header('cache-control', 'no-store');
    return `{"changes":[${changes.map(({ json }) => json).join(',')}],"next":${changes.at(-1)?.seq ?? query.after}}`;
  }

  @Get('stream')
  @Describe({
    summary: 'The changes as they come, as server-sent events',
    description:
      'Event `change` with the seq as its id and the change as its data; EventSource resumes by itself. A client that does ' +
      'not read is dropped with event `dropped` and can resume.',
    answer: 'Change',
    streamed: true,
  })
  @ApiHeader({ name: 'Last-Event-ID', required: false, description: 'The seq after which to go on.' })
  @AsksFor(streamed)
  async streamChanges(
    @Query(new QueryPipe(streamed)) query: z.output<typeof streamed>,
    @Req() request: FastifyRequest,
    @Res() reply: FastifyReply,
  ): Promise<void> {
    const begin = lastEventId(request) ?? query.after ?? this.model.history.seq;
    if (this.#streams >= this.limits.streamsMax) {
      throw notYet(
        `${this.limits.streamsMax} streams are open already; poll GET /v1/changes meanwhile.`,
        RETRY_AFTER_S,
      );
    }
    reply.hijack();
    reply.raw.writeHead(200, {
      'content-type': 'text/event-stream; charset=utf-8',
      'cache-control': 'no-store',
      'x-accel-buffering': 'no',
    });
    if (request.method === 'HEAD') {
      reply.raw.end();
      return;
    }
    this.#streams++;
    try {
      await streamChanges(this.model.history, reply.raw, begin, this.limits, this.#untilClosed(reply));
    } finally {
      this.#streams--;
    }
  }

  async #longPoll(afterSeq: number, waitMs: number, reply: FastifyReply): Promise<void> {
    if (this.#longPolls >= this.limits.longPollsMax) {
      throw notYet(`${this.limits.longPollsMax} callers wait already; ask without wait.`, RETRY_AFTER_S);
    }
    this.#longPolls++;
    try {
      await this.model.history.wait(afterSeq, waitMs, this.#untilClosed(reply));
    } finally {
      this.#longPolls--;
    }
  }

  /** Aborts when the caller goes away or the service stops. */
  #untilClosed(reply: FastifyReply): AbortSignal {
    const waiting = new AbortController();
    this.#waiting.add(waiting);
    reply.raw.once('close', () => {
      this.#waiting.delete(waiting);
      waiting.abort();
    });
    return waiting.signal;
  }
}

function lastEventId({ headers }: FastifyRequest): number | undefined {
  const id = headers['last-event-id'];
  if (id === undefined || id === '') return undefined;
  const parsed = after.safeParse(id);
  if (!parsed.success)
    throw badParameter('Last-Event-ID', `Last-Event-ID: ${parsed.error.issues[0]?.message}.`);
  return parsed.data;
}
