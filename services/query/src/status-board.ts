import { Inject, Injectable } from '@nestjs/common';
import { isRetryable } from '@stemma/service';
import type { Status } from './api/schemas';
import { QUERY_OPTIONS, type PipelineFigures, type QueryOptions } from './query-options';
import { Feed } from './read-model/feed';
import { placeText } from './read-model/feed-place';
import { ReadModel } from './read-model/read-model';

/** A query side that runs alone sees only the log. */
const LOG_ONLY: PipelineFigures = { pending: 0, bytesRead: 0, bytesPublished: 0, caughtUp: true };

/** Puts together what the pipeline in front reports and what the read model holds. */
@Injectable()
export class StatusBoard {
  constructor(
    @Inject(ReadModel) private readonly model: ReadModel,
    @Inject(Feed) private readonly feed: Feed,
    @Inject(QUERY_OPTIONS) private readonly options: QueryOptions,
  ) {}

  /** `caughtUp` is true only where the pipeline is done *and* all that it wrote is in the read model. */
  async status(): Promise<Status> {
    // The pipeline is asked first: what it calls done is in the log by then, and the log's end is looked up after it.
    const pipeline = (await this.options.pipeline?.read()) ?? LOG_ONLY;
    const isDone = pipeline.caughtUp && this.feed.caughtUp && (await this.#isCurrent());
    const { state, history, rejects } = this.model;
    return {
      models: state.models,
      trees: state.trees,
      pending: pipeline.pending,
      rejected: rejects.count,
      bytesRead: pipeline.bytesRead,
      bytesPublished: pipeline.bytesPublished,
      seq: state.changes,
      cursor: placeText(history.end),
      caughtUp: isDone,
    };
  }

  /** While the log is away, what is in memory is shown all the same. */
  #isCurrent(): Promise<boolean> {
    return this.feed.isCurrent().catch((error: unknown) => {
      if (isRetryable(error)) return false;
      throw error;
    });
  }
}
