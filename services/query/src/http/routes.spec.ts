import { deadLetter, PUBLISHED, type DeadLetter } from '@stemma/events';
import { change, family, randomFamily, SEED, TIME } from '../changes.testing';
import { SCHEMAS } from '../api/schemas';
import type {
  Ancestors,
  Claims,
  Descendants,
  Drawing,
  ModelDetail,
  Models,
  Rejects,
  Status,
  Tree,
  Trees,
} from '../api/schemas';
import { startQuery, type RunningQuery } from '../query-service.testing';

/** A dead letter about one revision of a model. */
function letterAbout(model: string, sha: string): DeadLetter {
  const value = `{"id":"${model}@${sha}#published"}`;
  const record = { topic: PUBLISHED, partition: 0, position: 900, key: model, value, time: 0 };
  const detail = 'The hub did not answer.';
  return deadLetter(
    { record, service: 'sketcher', reason: 'hub-unavailable', detail },
    { source: '/test', time: TIME },
  );
}

const NAME = 'Org.With.Dots/Model_v1.5-GGUF';

describe('the routes', () => {
  let query: RunningQuery;
  beforeAll(async () => {
    query = await startQuery(
      [
        ...family({ 'a/root': null, 'a/child': 'a/root', [NAME]: 'a/child', 'b/alone': null }),
        change(5, 'a/adapter', 'a/child', {
          relation: 'adapter',
          verdict: 'uncertain',
          confidence: 0.61,
          runnersUp: [{ model: 'a/root', confidence: 0.39 }],
          claim: { baseModels: ['a/root'], relation: 'adapter' },
        }),
        change(6, 'a/liar', 'a/child', { claim: { baseModels: ['b/alone'], relation: null } }),
      ],
      { pipeline: { read: async () => ({ pending: 2, bytesRead: 10, bytesPublished: 90, caughtUp: true }) } },
    );
    await query.reject('c/empty', 'no-weights', 'It has no safetensors file.');
  });
  afterAll(() => query.close());

  it('GET /v1/status puts the pipeline and the read model together', async () => {
    expect(await query.json<Status>('/v1/status')).toEqual({
      models: 6,
      trees: 2,
      pending: 2,
      rejected: 1,
      bytesRead: 10,
      bytesPublished: 90,
      seq: 6,
      cursor: '6',
      caughtUp: true,
    });
  });

  it('GET /v1/models/{org}/{name} tells all about one model', async () => {
    const model = await query.json<ModelDetail>('/v1/models/a/adapter');
    expect(SCHEMAS.ModelDetail.strict().parse(model)).toEqual(model);
    expect(model).toMatchObject({
      model: 'a/adapter',
      state: 'live',
      parent: 'a/child',
      root: 'a/root',
      relation: 'adapter',
      verdict: 'uncertain',
      confidence: 0.61,
      runnersUp: [{ model: 'a/root', confidence: 0.39 }],
      claim: { baseModels: ['a/root'], relation: 'adapter', verdict: 'ancestor' },
      descendants: 0,
      seq: 5,
    });
    expect(await query.json<ModelDetail>('/v1/models/a/root')).toMatchObject({
      children: 1,
      descendants: 4,
      root: 'a/root',
    });
  });

  it('takes names with dots, capitals and percent-encoding', async () => {
    expect(await query.json<ModelDetail>(`/v1/models/${NAME}`)).toMatchObject({ model: NAME });
    expect(await query.json<ModelDetail>('/v1/models/Org%2EWith.Dots/Model_v1.5%2DGGUF')).toMatchObject({
      model: NAME,
    });
  });

  it('GET …/ancestors is nearest first, each with the edge that leads to it', async () => {
    const answer = await query.json<Ancestors>('/v1/models/a/adapter/ancestors');
    expect(SCHEMAS.Ancestors.strict().parse(answer)).toEqual(answer);
    expect(answer.ancestors.map(({ model, relation, confidence }) => [model, relation, confidence])).toEqual([
      ['a/child', 'adapter', 0.61],
      ['a/root', 'finetune', 0.97],
    ]);
    expect(answer.ancestors[0]?.evidence[0]).toEqual({
      kind: 'growth',
      figure: 12.5,
      logOdds: 8.1,
      sentence: 'a/adapter has grown.',
    });
  });

  it('GET …/ancestors goes on by cursor', async () => {
    const first = await query.json<Ancestors>('/v1/models/a/adapter/ancestors?limit=1');
    const second = await query.json<Ancestors>(`/v1/models/a/adapter/ancestors?limit=1&cursor=${first.next}`);
    expect([...first.ancestors, ...second.ancestors].map(({ model }) => model)).toEqual([
      'a/child',
      'a/root',
    ]);
    expect(second.next).toBeNull();
  });

  it('GET …/descendants filters by depth and relation', async () => {
    const names = async (query_: string): Promise<string[]> => {
      const { descendants } = await query.json<Descendants>(`/v1/models/a/root/descendants${query_}`);
      return descendants.map(({ model, depth }) => `${depth} ${model}`);
    };
    expect(await names('')).toEqual(['1 a/child', `2 ${NAME}`, '2 a/adapter', '2 a/liar']);
    expect(await names('?depth=1')).toEqual(['1 a/child']);
    expect(await names('?relation=adapter')).toEqual(['2 a/adapter']);
    expect(await names('?relation=merge')).toEqual([]);
  });

  it('GET …/tree draws the neighbourhood', async () => {
    const drawing = await query.json<Drawing>('/v1/models/a/child/tree');
    expect(SCHEMAS.Drawing.strict().parse(drawing)).toEqual(drawing);
    expect(drawing).toMatchObject({ model: 'a/child', root: 'a/root', whole: true });
    expect(drawing.models).toHaveLength(5);
    const part = await query.json<Drawing>('/v1/models/a/child/tree?limit=2');
    expect(part.whole).toBe(false);
    expect(part.models.map(({ model, hidden }) => [model, hidden])).toEqual([
      ['a/root', 0],
      ['a/child', 3],
    ]);
  });

  it('GET /v1/trees lists roots by size, GET /v1/trees/{org}/{name} one tree', async () => {
    const { trees, total } = await query.json<Trees>('/v1/trees');
    expect(trees.map(({ root, models }) => [root, models])).toEqual([
      ['a/root', 5],
      ['b/alone', 1],
    ]);
    expect(total).toBe(2);
    const tree = await query.json<Tree>('/v1/trees/a/adapter');
    expect(SCHEMAS.Tree.strict().parse(tree)).toEqual(tree);
    expect(tree).toMatchObject({ root: 'a/root', models: 5 });
    expect(tree.members.map(({ model }) => model)).toEqual([
      'a/root',
      'a/child',
      NAME,
      'a/adapter',
      'a/liar',
    ]);
  });

  it('GET /v1/claims holds cards against the tree', async () => {
    const verdicts = async (filter: string): Promise<string[]> => {
      const { claims } = await query.json<Claims>(`/v1/claims${filter}`);
      return claims.map(({ model, verdict }) => `${model} ${verdict}`);
    };
    expect(await verdicts('')).toEqual(['a/adapter ancestor', 'a/liar contradicted']);
    expect(await verdicts('?verdict=contradicted')).toEqual(['a/liar contradicted']);
    expect(await verdicts('?verdict=undeclared')).toHaveLength(4);
  });

  it('GET /v1/rejects says why', async () => {
    expect(await query.json<Rejects>('/v1/rejects')).toEqual({
      rejects: [
        {
          model: 'c/empty',
          reason: 'no-weights',
          detail: 'It has no safetensors file.',
          service: 'sketcher',
          event: 'stemma.model.published.v1/0/0',
          time: '2026-05-04T12:00:00.000Z',
        },
      ],
      counts: { 'no-weights': 1 },
      total: 1,
      next: null,
    });
    expect((await query.json<Rejects>('/v1/rejects?reason=gated')).rejects).toEqual([]);
  });

  it('GET /v1/rejects begins with the newest one though others are settled', async () => {
    const other = await startQuery();
    await other.reject('d/first', 'hub-unavailable');
    other.model.rejects.addLetter(letterAbout('d/second', 'aaa'), { revision: 'aaa', publishedAt: 0 });
    await other.reject('d/third', 'no-weights');
    const { rejects, total } = await other.json<Rejects>('/v1/rejects');
    expect([rejects.map(({ model }) => model), total]).toEqual([['d/third', 'd/first'], 2]);
    await other.close();
  });

  it('answers 304 to whoever has it, and not once something changed', async () => {
    const first = await query.get('/v1/models/a/root');
    const tag = first.headers.get('etag')!;
    expect(tag).toMatch(/^W\/"6-/);
    const again = await query.get('/v1/models/a/root', { headers: { 'if-none-match': `"other", ${tag}` } });
    expect([again.status, await again.text()]).toEqual([304, '']);
    await query.publish([change(7, 'a/late', 'a/root')]);
    const changed = await query.get('/v1/models/a/root', { headers: { 'if-none-match': tag } });
    expect(changed.status).toBe(200);
    expect(changed.headers.get('etag')).not.toBe(tag);
  });

  it('is healthy and ready', async () => {
    expect(await query.json('/healthz')).toMatchObject({ status: 'ok' });
    expect(await query.json('/readyz')).toMatchObject({ status: 'ok' });
  });
});

describe('paging', () => {
  let query: RunningQuery;
  beforeAll(async () => {
    query = await startQuery(randomFamily(500, SEED, 0.1), { limits: { scanModelsMax: 60 } });
  });
  afterAll(() => query.close());

  /** Everything that a route gives, page by page. */
  async function all<T>(path: string, key: string): Promise<T[]> {
    const found: T[] = [];
    let next: string | null = '';
    while (next !== null) {
      const page: Record<string, T[]> & { next: string | null } = await query.json(
        `${path}${next && `&cursor=${next}`}`,
      );
      found.push(...(page[key] ?? []));
      next = page.next;
    }
    return found;
  }

  it('gives every model once', async () => {
    const models = await all<Models['models'][number]>('/v1/models?limit=37', 'models');
    expect(models.map(({ model }) => model)).toEqual(query.model.state.names);
  });

  it('finds all that a search means, though a page looks at 60 models only', async () => {
    const found = await all<{ model: string }>('/v1/models?limit=5&search=MODEL.49', 'models');
    expect(found.map(({ model }) => model.split('.')[1])).toEqual([
      '49',
      ...Array.from({ length: 10 }, (_, i) => `49${i}`),
    ]);
  });

  it('gives every tree once, and every member of a tree once', async () => {
    const trees = await all<Trees['trees'][number]>('/v1/trees?limit=7', 'trees');
    expect(trees).toHaveLength(query.model.state.trees);
    expect(new Set(trees.map(({ root }) => root)).size).toBe(trees.length);
    const [largest] = trees;
    const members = await all<{ model: string }>(`/v1/trees/${largest!.root}?limit=7`, 'members');
    expect(members).toHaveLength(largest!.models);
    const below = await all<{ model: string }>(
      `/v1/models/${largest!.root}/descendants?limit=9`,
      'descendants',
    );
    expect([largest!.root, ...below.map(({ model }) => model)]).toEqual(members.map(({ model }) => model));
  });
});
