import { Controller, Get, Inject, Query, UseGuards, UseInterceptors } from '@nestjs/common';
import { ApiTags } from '@nestjs/swagger';
import { z } from 'zod';
import type { Rejects } from '../api/schemas';
import { ReadModel } from '../read-model/read-model';
import { cursor, placeOf } from './cursor';
import { Describe } from './describe-route';
import { EntityTagInterceptor } from './entity-tag.interceptor';
import { AsksFor, cursorText, pageLimit, QueryPipe } from './parameters';
import { ReadyGuard } from './ready.guard';

const page = z.object({
  reason: z.string({ error: 'expected one reason' }).min(1).max(64).optional().describe('Only this reason.'),
  limit: pageLimit(),
  cursor: cursorText,
});

@ApiTags('rejects')
@UseGuards(ReadyGuard)
@UseInterceptors(EntityTagInterceptor)
@Controller('v1/rejects')
export class RejectsController {
  constructor(@Inject(ReadModel) private readonly model: ReadModel) {}

  @Get()
  @Describe({ summary: 'What could not be used, and why; the newest first', answer: 'Rejects' })
  @AsksFor(page)
  listRejects(@Query(new QueryPipe(page)) { reason, limit, cursor: at }: z.output<typeof page>): Rejects {
    const book = this.model.rejects;
    const place = placeOf('rejects', at, 'number', 'string');
    const before = place && { time: place[0], event: place[1] };
    const { rejects, next } = book.page(limit, before, reason);
    return {
      rejects,
      counts: book.counts,
      total: book.count,
      next: next === null ? null : cursor('rejects', next.time, next.event),
    };
  }
}
