import { Controller, Get, Inject, Param, Query, Res, UseFilters, UseGuards } from '@nestjs/common';
import { ApiExcludeController } from '@nestjs/swagger';
import type { FastifyReply } from 'fastify';
import { z } from 'zod';
import { presentClaim, presentDetail, presentDrawing, presentModel, presentTree } from '../api/present';
import type { Change, Claims } from '../api/schemas';
import { cursor, placeOf } from '../http/cursor';
import type { ModelPath } from '../http/describe-route';
import { ModelLookup } from '../http/model-lookup';
import { cursorText, QueryPipe } from '../http/parameters';
import { ReadyGuard } from '../http/ready.guard';
import { QUERY_OPTIONS, type QueryOptions } from '../query-options';
import { claimVerdict } from '../read-model/claim-verdict';
import { ancestors } from '../read-model/forest';
import { largestTrees } from '../read-model/largest-trees';
import { takePage } from '../read-model/page';
import { ReadModel } from '../read-model/read-model';
import { StatusBoard } from '../status-board';
import { homePage } from './home-page';
import { PAGE_HEADERS } from './layout';
import { modelPage } from './model-page';
import { PageProblemFilter } from './page-problem.filter';
import { searchPage } from './search-page';

const CARDS = 12;
const CARD_MODELS_MAX = 40;
const CHANGES = 8;
const RESULTS = 50;
const CLAIMS = 5;
const CLAIMS_LOOKED_AT_MAX = 5_000;
const DRAWN_MODELS_MAX = 150;
const PATH_MAX = 12;

const home = z.object({
  q: z.string({ error: 'expected one text' }).max(100).optional(),
  cursor: cursorText,
});

/** The pages for people; they show what the routes under /v1 answer. */
@ApiExcludeController()
@UseGuards(ReadyGuard)
@UseFilters(PageProblemFilter)
@Controller()
export class PagesController {
  constructor(
    @Inject(ReadModel) private readonly model: ReadModel,
    @Inject(ModelLookup) private readonly lookup: ModelLookup,
    @Inject(StatusBoard) private readonly board: StatusBoard,
    @Inject(QUERY_OPTIONS) private readonly options: QueryOptions,
  ) {}

  @Get()
  async home(
    @Query(new QueryPipe(home, 'ignore')) { q, cursor: at }: z.output<typeof home>,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<string> {
    void reply.headers({ ...PAGE_HEADERS, 'cache-control': 'no-cache' });
    const wanted = q?.trim() ?? '';
    return wanted === '' ? this.#trees(at) : this.#search(wanted);
  }

  @Get('models/:org/:name')
  async one(
    @Param() { org, name }: ModelPath,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<string> {
    const { state } = this.model;
    const label = await this.lookup.require(org, name);
    void reply.headers({ ...PAGE_HEADERS, 'cache-control': 'no-cache' });
    const above = takePage(ancestors(state, label), { limit: PATH_MAX, lookedAtMax: PATH_MAX }).taken;
    return modelPage({
      detail: presentDetail(this.model, label),
      drawing: presentDrawing(state, label, DRAWN_MODELS_MAX),
      path: above.reverse().map((ancestor) => state.name(ancestor)),
      hub: this.options.hub,
    });
  }

  async #trees(at: string | undefined): Promise<string> {
    const { state } = this.model;
    const place = placeOf('trees', at, 'number', 'string');
    const found = largestTrees(state, CARDS + 1, place && { models: place[0], name: place[1] });
    const roots = found.slice(0, CARDS);
    const trees = roots.map((root) => presentTree(state, root));
    const last = trees.at(-1);
    const next = found.length > CARDS && last ? cursor('trees', last.models, last.root) : null;
    return homePage({
      status: await this.board.status(),
      trees: { trees, total: state.trees, next },
      drawings: roots.map((root) => presentDrawing(state, root, CARD_MODELS_MAX)),
      changes: this.#newestChanges(),
      contradicted: this.#contradicted(),
      rejected: this.model.rejects.counts,
      further: at !== undefined,
    });
  }

  async #search(query: string): Promise<string> {
    const { labels, more } = await this.lookup.search(query, RESULTS);
    const models = labels.map((label) => presentModel(this.model.state, label));
    const similar = models.length > 0 ? [] : await this.lookup.similar(query, CHANGES);
    return searchPage({ query, models, more, similar });
  }

  /** A few only, and only among the first models: the page must stay cheap. */
  #contradicted(): Claims['claims'] {
    const { state } = this.model;
    const bounds = { limit: CLAIMS, lookedAtMax: CLAIMS_LOOKED_AT_MAX };
    const { taken } = takePage(
      state.live(),
      bounds,
      (label) => claimVerdict(state, label) === 'contradicted',
    );
    return taken.map((label) => presentClaim(state, label));
  }

  #newestChanges(): Change[] {
    const newest = this.model.history.newest(CHANGES);
    return newest.map(({ json }) => JSON.parse(json) as Change).reverse();
  }
}
