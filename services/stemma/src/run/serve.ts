import { NestFactory } from '@nestjs/core';
import { Module } from '@nestjs/common';
import type { NestFastifyApplication } from '@nestjs/platform-fastify';
import { installQuery, queryAdapter, QueryModule, StatusBoard } from '@stemma/query';
import type { Pipeline } from './pipeline';

/** The query side of a running pipeline over HTTP. */
export interface Server {
  readonly url: string;
  readonly status: StatusBoard['status'];
  close(): Promise<void>;
}

@Module({})
class StemmaModule {}

/** Serves the pipeline's lineage. `onFailure` hears of a read model that cannot go on. */
export async function serve(
  pipeline: Pipeline,
  at: { readonly host: string; readonly port: number },
  onFailure: (error: unknown) => void,
): Promise<Server> {
  const { hub, log } = pipeline;
  const link = hub.modelUrl === null ? {} : { hub: { name: hub.name, modelUrl: hub.modelUrl } };
  const query = QueryModule.register({
    log,
    pipeline: { read: () => pipeline.figures() },
    onFailure,
    ...link,
  });
  const app = await NestFactory.create<NestFastifyApplication>(
    { module: StemmaModule, imports: [query] },
    queryAdapter(),
    { logger: ['error', 'fatal'], abortOnError: false },
  );
  installQuery(app);
  await app.listen(at.port, at.host);
  const board = app.get(StatusBoard, { strict: false });
  return { url: await app.getUrl(), status: () => board.status(), close: () => app.close() };
}
