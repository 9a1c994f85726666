import { Controller, Get, Inject, Param, Query, UseGuards, UseInterceptors } from '@nestjs/common';
import { ApiTags } from '@nestjs/swagger';
import { z } from 'zod';
import { presentAncestors, presentDetail, presentDrawing, presentMember, presentModel } from '../api/present';
import type { Ancestors, Descendants, Drawing, ModelDetail, Models } from '../api/schemas';
import { QUERY_LIMITS, type QueryLimits } from '../query-options';
import type { Label } from '../read-model/lineage-state';
import { takePage } from '../read-model/page';
import { depthUnder, preorder } from '../read-model/preorder';
import { ReadModel } from '../read-model/read-model';
import { cursor, placeOf } from './cursor';
import { Describe, type ModelPath } from './describe-route';
import { EntityTagInterceptor } from './entity-tag.interceptor';
import { ModelLookup } from './model-lookup';
import { PAGE_MAX } from './page-size';
import { AsksFor, cursorText, pageLimit, QueryPipe, wholeNumber } from './parameters';
import { ReadyGuard } from './ready.guard';

const RELATIONS = ['finetune', 'adapter', 'quantized', 'merge', 'duplicate', 'cast'] as const;
const DRAWN_DEFAULT = 200;

const list = z.object({
  limit: pageLimit(),
  cursor: cursorText,
  search: z
    .string({ error: 'expected one text' })
    .min(1)
    .max(100)
    .optional()
    .describe('Only models with this in their name, upper or lower case.'),
});
const nothing = z.object({});
const ancestorsPage = z.object({ limit: pageLimit(PAGE_MAX), cursor: cursorText });
const descendantsPage = z.object({
  depth: wholeNumber(1, 1_000_000).optional().describe('At most so many steps down; 1 = the children.'),
  relation: z
    .enum(RELATIONS, `expected one of ${RELATIONS.join(', ')}`)
    .optional()
    .describe('Only models that came from their parent in this way.'),
  limit: pageLimit(),
  cursor: cursorText,
});
const drawn = z.object({ limit: pageLimit(DRAWN_DEFAULT).describe('Most models of the drawing.') });

@ApiTags('models')
@UseGuards(ReadyGuard)
@UseInterceptors(EntityTagInterceptor)
@Controller('v1/models')
export class ModelsController {
  constructor(
    @Inject(ReadModel) private readonly model: ReadModel,
    @Inject(ModelLookup) private readonly lookup: ModelLookup,
    @Inject(QUERY_LIMITS) private readonly limits: QueryLimits,
  ) {}

  @Get()
  @Describe({
    summary: 'All living models, in the order in which they came',
    description: 'Where the log has several partitions: those of one after those of the other.',
    answer: 'Models',
  })
  @AsksFor(list)
  listModels(@Query(new QueryPipe(list)) { limit, cursor: at, search }: z.output<typeof list>): Models {
    const { state } = this.model;
    const [begin] = placeOf('models', at, 'number') ?? [0];
    const wanted = search?.toLowerCase();
    const bounds = { limit, lookedAtMax: this.limits.scanModelsMax };
    const page = takePage(state.live(begin), bounds, (label) => {
      return wanted === undefined || state.name(label).toLowerCase().includes(wanted);
    });
    const next = page.last === undefined ? null : cursor('models', state.entryAfter(page.last));
    return { models: page.taken.map((label) => presentModel(state, label)), next };
  }

  @Get(':org/:name')
  @Describe({ summary: 'One model', answer: 'ModelDetail', ofModel: true })
  async getModel(
    @Param() { org, name }: ModelPath,
    @Query(new QueryPipe(nothing)) _: object,
  ): Promise<ModelDetail> {
    return presentDetail(this.model, await this.lookup.require(org, name));
  }

  @Get(':org/:name/ancestors')
  @Describe({ summary: 'Where a model comes from, nearest first', answer: 'Ancestors', ofModel: true })
  @AsksFor(ancestorsPage)
  async listAncestors(
    @Param() { org, name }: ModelPath,
    @Query(new QueryPipe(ancestorsPage)) { limit, cursor: at }: z.output<typeof ancestorsPage>,
  ): Promise<Ancestors> {
    const label = await this.lookup.require(org, name);
    const above = (other: Label): boolean => depthUnder(this.model.state, other, label) !== undefined;
    const from = this.lookup.resume('ancestors', at, above) ?? label;
    const found = presentAncestors(this.model, from, limit + 1);
    const page = found.slice(0, limit);
    const next = found.length > limit ? cursor('ancestors', page.at(-1)?.model ?? '') : null;
    return { model: `${org}/${name}`, ancestors: page, next };
  }

  @Get(':org/:name/descendants')
  @Describe({ summary: 'What has been made from a model', answer: 'Descendants', ofModel: true })
  @AsksFor(descendantsPage)
  async listDescendants(
    @Param() { org, name }: ModelPath,
    @Query(new QueryPipe(descendantsPage))
    { limit, cursor: at, depth, relation }: z.output<typeof descendantsPage>,
  ): Promise<Descendants> {
    const { state } = this.model;
    const root = await this.lookup.require(org, name);
    const after = this.lookup.resume(
      'descendants',
      at,
      (label) => depthUnder(state, root, label) !== undefined,
    );
    const bounds = { limit, lookedAtMax: this.limits.scanModelsMax };
    const page = takePage(preorder(state, root, { depthMax: depth, after }), bounds, ({ label }) => {
      return relation === undefined || state.relations.value(state.relation.get(label)) === relation;
    });
    const descendants = page.taken.map((visit) => presentMember(state, visit.label, visit.depth));
    const next = page.last === undefined ? null : cursor('descendants', state.name(page.last.label));
    return { model: `${org}/${name}`, descendants, next };
  }

  @Get(':org/:name/tree')
  @Describe({ summary: 'The neighbourhood of a model, for drawing', answer: 'Drawing', ofModel: true })
  @AsksFor(drawn)
  async drawTree(
    @Param() { org, name }: ModelPath,
    @Query(new QueryPipe(drawn)) { limit }: z.output<typeof drawn>,
  ): Promise<Drawing> {
    return presentDrawing(this.model.state, await this.lookup.require(org, name), limit);
  }
}
