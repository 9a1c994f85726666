import { Controller, Get, Inject, Query, Req, Res, UseGuards, type OnModuleDestroy } from '@nestjs/common';
import { ApiHeader, ApiTags } from '@nestjs/swagger';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { z } from 'zod';
import { QUERY_LIMITS, type QueryLimits } from '../query-options';
import { isBefore, placeAfter, placeJson, type FeedPlace } from '../read-model/feed-place';
import { ReadModel } from '../read-model/read-model';
import { streamChanges } from './change-stream';
import { Describe } from './describe-route';
import { beyondTheEnd, feedPlace, placeIn } from './feed-cursor';
import { WAIT_S_MAX } from './page-size';
import { AsksFor, pageLimit, QueryPipe, wholeNumber } from './parameters';
import { notYet } from './problem';
import { ReadyGuard } from './ready.guard';

const page = z.object({
  after: feedPlace
    .default('0')
    .describe('`next` of the page before: the last change that is known already, of every partition.'),
  limit: pageLimit(),
  wait: wholeNumber(0, WAIT_S_MAX)
    .default(0)
    .describe('Long poll: seconds to wait for a change where there is none yet.'),
});
const streamed = z.object({
  after: feedPlace
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
    summary: 'The changes after a place in the feed, oldest first; waits for the next one if asked to',
    description:
      'Read from after=0 and go on with after=next: nothing is missed and nothing comes twice. Changes of one partition come in ' +
      'their order, between partitions by time: what follows a place comes in one order.',
    answer: 'Changes',
  })
  @AsksFor(page)
  async listChanges(
    @Query(new QueryPipe(page)) query: z.output<typeof page>,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<string> {
    const { history } = this.model;
    const after = await this.#place('after', query.after, reply);
    if (query.wait > 0 && !isBefore(after, history.end)) {
      await this.#holding(reply, (signal) => history.wait(after, query.wait * 1000, signal));
    }
    const changes = history.read(after, query.limit);
    const next = JSON.stringify(placeJson(placeAfter(after, changes)));
    void reply.header('content-type', 'application/json; charset=utf-8').header('cache-control', 'no-store');
    return `{"changes":[${changes.map(({ json }) => json).join(',')}],"next":${next}}`;
  }

  @Get('stream')
  @Describe({
    summary: 'The changes as they come, as server-sent events',
    description:
      'Event `change` with its place in the feed as its id and the change as its data; EventSource resumes by itself. A client ' +
      'that does not read is dropped with event `dropped` and can resume.',
    answer: 'Change',
    streamed: true,
  })
  @ApiHeader({ name: 'Last-Event-ID', required: false, description: 'The place after which to go on.' })
  @AsksFor(streamed)
  async streamChanges(
    @Query(new QueryPipe(streamed)) query: z.output<typeof streamed>,
    @Req() request: FastifyRequest,
    @Res() reply: FastifyReply,
  ): Promise<void> {
    const begin = await this.#beginning(query.after, request, reply);
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

  async #beginning(
    after: string | undefined,
    { headers }: FastifyRequest,
    reply: FastifyReply,
  ): Promise<FeedPlace> {
    const id = headers['last-event-id'];
    if (typeof id === 'string' && id !== '') return this.#place('Last-Event-ID', id, reply);
    return after === undefined ? this.model.history.end : this.#place('after', after, reply);
  }

  /**
   * The place that a caller names. One beyond the end is given a moment: another reader of the same log may have given it, and
   * this one be a little behind.
   * @throws ProblemError 400 where it is no place of this feed.
   */
  async #place(parameter: string, text: string, reply: FastifyReply): Promise<FeedPlace> {
    const { history } = this.model;
    const place = placeIn(history.end, parameter, text);
    const isThere = (): boolean => beyondTheEnd(parameter, place, history.end) === null;
    if (!isThere()) {
      await this.#holding(reply, (signal) => history.until(isThere, this.limits.aheadMs, signal));
    }
    const problem = beyondTheEnd(parameter, place, history.end);
    if (problem !== null) throw problem;
    return place;
  }

  /** Lets a caller wait, where not too many do. */
  async #holding(reply: FastifyReply, wait: (signal: AbortSignal) => Promise<boolean>): Promise<void> {
    if (this.#longPolls >= this.limits.longPollsMax) {
      throw notYet(`${this.limits.longPollsMax} callers wait already; ask without wait.`, RETRY_AFTER_S);
    }
    this.#longPolls++;
    try {
      await wait(this.#untilClosed(reply));
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
