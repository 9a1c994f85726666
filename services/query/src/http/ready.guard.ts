import { Inject, Injectable, type CanActivate } from '@nestjs/common';
import { Feed } from '../read-model/feed';
import { ReadModel } from '../read-model/read-model';
import { notYet } from './problem';

const RETRY_AFTER_S = 2;

/** 503 until the read model has caught up once: a half-built tree is a wrong tree. */
@Injectable()
export class ReadyGuard implements CanActivate {
  constructor(
    @Inject(ReadModel) private readonly model: ReadModel,
    @Inject(Feed) private readonly feed: Feed,
  ) {}

  canActivate(): true {
    if (this.feed.failure !== undefined)
      throw notYet('The read model cannot go on; the service must be restarted.', 60);
    if (this.feed.caughtUp) return true;
    const { changes } = this.model.state;
    const { unread } = this.feed;
    const detail = `The read model is being rebuilt from the log (${changes} changes so far).`;
    const waiting = ` It waits for ${unread} partitions: another reader may be in its consumer group.`;
    throw notYet(unread === 0 ? detail : detail + waiting, RETRY_AFTER_S);
  }
}
