import { Controller, Get, Inject, Query, UseGuards, UseInterceptors } from '@nestjs/common';
import { ApiTags } from '@nestjs/swagger';
import { z } from 'zod';
import { presentClaim } from '../api/present';
import type { Claims } from '../api/schemas';
import { QUERY_LIMITS, type QueryLimits } from '../query-options';
import { CLAIM_VERDICTS, claimVerdict } from '../read-model/claim-verdict';
import { takePage } from '../read-model/page';
import { ReadModel } from '../read-model/read-model';
import { cursor, placeOf } from './cursor';
import { Describe } from './describe-route';
import { EntityTagInterceptor } from './entity-tag.interceptor';
import { AsksFor, cursorText, pageLimit, QueryPipe } from './parameters';
import { ReadyGuard } from './ready.guard';

const page = z.object({
  verdict: z
    .enum(CLAIM_VERDICTS, `expected one of ${CLAIM_VERDICTS.join(', ')}`)
    .optional()
    .describe('Only claims with this verdict; without it all that declare something.'),
  limit: pageLimit(),
  cursor: cursorText,
});

@ApiTags('claims')
@UseGuards(ReadyGuard)
@UseInterceptors(EntityTagInterceptor)
@Controller('v1/claims')
export class ClaimsController {
  constructor(
    @Inject(ReadModel) private readonly model: ReadModel,
    @Inject(QUERY_LIMITS) private readonly limits: QueryLimits,
  ) {}

  @Get()
  @Describe({
    summary: 'What cards declare, held against the recovered trees',
    description:
      'confirmed: the declared base is the parent. ancestor: it is farther up. contradicted: it is in the index and neither. ' +
      'unknown: the index cannot tell. undeclared: the card names no base.',
    answer: 'Claims',
  })
  @AsksFor(page)
  listClaims(@Query(new QueryPipe(page)) { verdict, limit, cursor: at }: z.output<typeof page>): Claims {
    const { state } = this.model;
    const [begin] = placeOf('claims', at, 'number') ?? [0];
    const found = takePage(state.live(begin), { limit, lookedAtMax: this.limits.scanModelsMax }, (label) => {
      const own = claimVerdict(state, label);
      return verdict === undefined ? own !== 'undeclared' : own === verdict;
    });
    const next = found.last === undefined ? null : cursor('claims', state.entryAfter(found.last));
    return { claims: found.taken.map((label) => presentClaim(state, label)), next };
  }
}
