import { Controller, Get, Header, Inject, Query } from '@nestjs/common';
import { ApiTags } from '@nestjs/swagger';
import { z } from 'zod';
import type { Status } from '../api/schemas';
import { StatusBoard } from '../status-board';
import { Describe } from './describe-route';
import { QueryPipe } from './parameters';

@ApiTags('status')
@Controller('v1/status')
export class StatusController {
  constructor(@Inject(StatusBoard) private readonly board: StatusBoard) {}

  /** Answers while the read model is being rebuilt as well: `caughtUp` says so. */
  @Get()
  @Header('cache-control', 'no-store')
  @Describe({
    summary: 'How far everything is, also while the read model is being rebuilt',
    answer: 'Status',
  })
  getStatus(@Query(new QueryPipe(z.object({}))) _: object): Promise<Status> {
    return this.board.status();
  }
}
