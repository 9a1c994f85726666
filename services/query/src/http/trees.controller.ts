import { Controller, Get, Inject, Param, Query, UseGuards, UseInterceptors } from '@nestjs/common';
import { ApiTags } from '@nestjs/swagger';
import { z } from 'zod';
import { presentMember, presentTree } from '../api/present';
import type { Tree, Trees } from '../api/schemas';
import { QUERY_LIMITS, type QueryLimits } from '../query-options';
import { rootOf } from '../read-model/forest';
import { largestTrees } from '../read-model/largest-trees';
import { takePage } from '../read-model/page';
import { depthUnder, preorder } from '../read-model/preorder';
import { ReadModel } from '../read-model/read-model';
import { cursor, placeOf } from './cursor';
import { Describe, type ModelPath } from './describe-route';
import { EntityTagInterceptor } from './entity-tag.interceptor';
import { ModelLookup } from './model-lookup';
import { AsksFor, cursorText, pageLimit, QueryPipe } from './parameters';
import { ReadyGuard } from './ready.guard';

const page = z.object({ limit: pageLimit(), cursor: cursorText });

@ApiTags('trees')
@UseGuards(ReadyGuard)
@UseInterceptors(EntityTagInterceptor)
@Controller('v1/trees')
export class TreesController {
  constructor(
    @Inject(ReadModel) private readonly model: ReadModel,
    @Inject(ModelLookup) private readonly lookup: ModelLookup,
    @Inject(QUERY_LIMITS) private readonly limits: QueryLimits,
  ) {}

  @Get()
  @Describe({ summary: 'All trees, the largest first', answer: 'Trees' })
  @AsksFor(page)
  listTrees(@Query(new QueryPipe(page)) { limit, cursor: at }: z.output<typeof page>): Trees {
    const { state } = this.model;
    const place = placeOf('trees', at, 'number', 'string');
    const after = place && { models: place[0], name: place[1] };
    const found = largestTrees(state, limit + 1, after);
    const trees = found.slice(0, limit).map((root) => presentTree(state, root));
    const last = trees.at(-1);
    const next = found.length > limit && last ? cursor('trees', last.models, last.root) : null;
    return { trees, total: state.trees, next };
  }

  @Get(':org/:name')
  @Describe({ summary: 'The whole tree that a model is in, from its root', answer: 'Tree', ofModel: true })
  @AsksFor(page)
  async getTree(
    @Param() { org, name }: ModelPath,
    @Query(new QueryPipe(page)) { limit, cursor: at }: z.output<typeof page>,
  ): Promise<Tree> {
    const { state } = this.model;
    const root = rootOf(state, await this.lookup.require(org, name));
    const after = this.lookup.resume('tree', at, (label) => depthUnder(state, root, label) !== undefined);
    const bounds = { limit, lookedAtMax: this.limits.scanModelsMax };
    const { taken, last } = takePage(wholeTree(), bounds);
    const members = taken.map((visit) => presentMember(state, visit.label, visit.depth));
    const next = last === undefined ? null : cursor('tree', state.name(last.label));
    return { root: state.name(root), models: state.living.get(root), members, next };

    function* wholeTree() {
      if (after === undefined) yield { label: root, depth: 0 };
      yield* preorder(state, root, { after });
    }
  }
}
