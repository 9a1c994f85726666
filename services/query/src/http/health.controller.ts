import { Controller, Get, Header, Inject, UseGuards } from '@nestjs/common';
import { ApiTags } from '@nestjs/swagger';
import type { Health } from '../api/schemas';
import { Feed } from '../read-model/feed';
import { ReadModel } from '../read-model/read-model';
import { Describe } from './describe-route';
import { notYet } from './problem';
import { ReadyGuard } from './ready.guard';

@ApiTags('health')
@Controller()
export class HealthController {
  constructor(
    @Inject(ReadModel) private readonly model: ReadModel,
    @Inject(Feed) private readonly feed: Feed,
  ) {}

  @Get('healthz')
  @Header('cache-control', 'no-store')
  @Describe({ summary: 'Whether the process can go on; 503 means restart it', answer: 'Health' })
  getHealth(): Health {
    if (this.feed.failure !== undefined)
      throw notYet('The read model cannot go on; the service must be restarted.', 60);
    return { status: 'ok', seq: this.model.state.changes };
  }

  @Get('readyz')
  @UseGuards(ReadyGuard)
  @Header('cache-control', 'no-store')
  @Describe({
    summary: 'Whether reads are answered; 503 until the read model has caught up once',
    answer: 'Health',
  })
  getReadiness(): Health {
    return { status: 'ok', seq: this.model.state.changes };
  }
}
