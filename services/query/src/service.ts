import { randomUUID } from 'node:crypto';
import { Module } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import type { NestFastifyApplication } from '@nestjs/platform-fastify';
import {
  ImpatientLog,
  modelPages,
  QueryMetrics,
  ResumingLog,
  UsageError,
  type OpenService,
  type ServiceContext,
  type ServiceDefinition,
  type ServiceSettings,
} from '@stemma/service';
import type { FastifyAdapter } from '@nestjs/platform-fastify';
import { installQuery } from './http/install-query';
import { queryAdapter } from './http/query-adapter';
import { LogPipeline } from './log-pipeline';
import type { HubLink } from './query-options';
import { QueryModule } from './query.module';
import { Feed } from './read-model/feed';
import { QUERY_SETTINGS } from './settings';
import { StatusBoard } from './status-board';

/** The query side as a process of its own; as many as are wanted, each with a read model of its own. */
export const queryService: ServiceDefinition<typeof QUERY_SETTINGS> = {
  name: 'query',
  settings: QUERY_SETTINGS,
  healthPort: 4284,
  tracedReads: 'new',
  open: openQuery,
};

@Module({})
class QueryProcessModule {}

async function openQuery(context: ServiceContext<typeof QUERY_SETTINGS>): Promise<OpenService> {
  const { settings, log, registry, notes } = context;
  let fail = (error: unknown): void => void error;
  const failed = new Promise<never>((_, reject) => (fail = reject));
  failed.catch(() => undefined);
  // What is in memory is served on while the brokers are away.
  const impatient = new ImpatientLog(log);
  const resuming = new ResumingLog(impatient, {
    onRetry: ({ message }, waitMs) => notes('warning', message, { part: 'feed', retryInMs: waitMs }),
    onResumed: () => notes('info', 'the feed is read again'),
  });
  const query = QueryModule.register({
    log: resuming,
    pipeline: new LogPipeline(impatient),
    // Whoever shares a consumer group gets only a part of the feed.
    group: `query-${randomUUID().slice(0, 8)}`,
    onFailure: fail,
    limits: { logEndFreshMs: 1_000 },
    ...hubLink(settings),
  });
  const adapter = queryAdapter();
  const app = await NestFactory.create<NestFastifyApplication>(
    { module: QueryProcessModule, imports: [query] },
    adapter,
    { logger: ['error', 'fatal'], abortOnError: false },
  );
  const metrics = new QueryMetrics(registry, () => app.get(StatusBoard, { strict: false }).status());
  countRequests(adapter, metrics);
  installQuery(app);
  await listen(app, settings);
  notes('info', 'listening', { url: await app.getUrl() });
  const feed = app.get(Feed, { strict: false });
  return {
    unready: () => (feed.caughtUp ? [] : ['the read model is being rebuilt from the log']),
    run: (signal) => Promise.race([failed, aborted(signal)]),
    close: () => app.close(),
  };
}

/** Names of routes and not of what was asked: there are as many labels as routes. */
function countRequests(adapter: FastifyAdapter, metrics: QueryMetrics): void {
  adapter.getInstance().addHook('onResponse', (request, reply, done) => {
    const route = request.routeOptions.url ?? 'none';
    metrics.answered({ method: request.method, route, status: reply.statusCode }, reply.elapsedTime);
    done();
  });
}

async function listen(
  app: NestFastifyApplication,
  { port, host }: ServiceSettings<typeof QUERY_SETTINGS>,
): Promise<void> {
  try {
    await app.listen(port, host);
  } catch (cause) {
    await app.close();
    if ((cause as NodeJS.ErrnoException).code !== 'EADDRINUSE') throw cause;
    throw new UsageError(`${host}:${port} is taken: name another STEMMA_PORT, or 0 for any free one`, {
      cause,
    });
  }
}

function hubLink({ hub }: ServiceSettings<typeof QUERY_SETTINGS>): { hub?: HubLink } {
  const modelUrl = hub === null ? null : modelPages(hub);
  return hub === null || modelUrl === null
    ? {}
    : { hub: { name: hub.kind === 'url' ? hub.name : 'zoo', modelUrl } };
}

const aborted = (signal: AbortSignal): Promise<void> =>
  signal.aborted
    ? Promise.resolve()
    : new Promise((resolve) => signal.addEventListener('abort', () => resolve(), { once: true }));
