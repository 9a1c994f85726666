import {
  Inject,
  Module,
  type DynamicModule,
  type OnApplicationBootstrap,
  type OnModuleDestroy,
} from '@nestjs/common';
import { APP_FILTER } from '@nestjs/core';
import { ChangesController } from './http/changes.controller';
import { ClaimsController } from './http/claims.controller';
import { HealthController } from './http/health.controller';
import { ModelLookup } from './http/model-lookup';
import { ModelsController } from './http/models.controller';
import { ProblemFilter } from './http/problem-filter';
import { RejectsController } from './http/rejects.controller';
import { StatusController } from './http/status.controller';
import { TreesController } from './http/trees.controller';
import { PagesController } from './page/pages.controller';
import {
  DEFAULT_LIMITS,
  QUERY_LIMITS,
  QUERY_OPTIONS,
  type QueryLimits,
  type QueryOptions,
} from './query-options';
import { Feed } from './read-model/feed';
import { ReadModel } from './read-model/read-model';
import { StatusBoard } from './status-board';

/** The query side: a read model that follows the log, and the routes and pages that answer from it. */
@Module({})
export class QueryModule implements OnApplicationBootstrap, OnModuleDestroy {
  constructor(
    @Inject(Feed) private readonly feed: Feed,
    @Inject(QUERY_OPTIONS) private readonly options: QueryOptions,
  ) {}

  static register(options: QueryOptions): DynamicModule {
    const limits: QueryLimits = { ...DEFAULT_LIMITS, ...options.limits };
    const feed = (model: ReadModel): Feed =>
      new Feed(options.log, model, {
        group: options.group ?? 'query',
        recordsMax: limits.feedRecordsMax,
        bytesMax: limits.feedBytesMax,
        logEndFreshMs: limits.logEndFreshMs,
      });
    return {
      module: QueryModule,
      controllers: [
        StatusController,
        ModelsController,
        TreesController,
        ClaimsController,
        ChangesController,
        RejectsController,
        HealthController,
        PagesController,
      ],
      providers: [
        { provide: QUERY_OPTIONS, useValue: options },
        { provide: QUERY_LIMITS, useValue: limits },
        ReadModel,
        { provide: Feed, useFactory: feed, inject: [ReadModel] },
        ModelLookup,
        StatusBoard,
        { provide: APP_FILTER, useClass: ProblemFilter },
      ],
      exports: [ReadModel, StatusBoard],
    };
  }

  async onApplicationBootstrap(): Promise<void> {
    const { done } = await this.feed.start();
    done.catch(this.options.onFailure ?? endProcess);
  }

  async onModuleDestroy(): Promise<void> {
    await this.feed.stop();
  }
}

/** A gap or an unreadable record cannot happen: nobody handles it, the process ends and starts again from the log. */
function endProcess(error: unknown): void {
  setImmediate(() => {
    throw error;
  });
}
