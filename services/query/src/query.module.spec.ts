import { family, startQuery, type RunningQuery } from './query-service.testing';

describe('the query service', () => {
  let query: RunningQuery;
  beforeAll(async () => {
    query = await startQuery(family({ 'a/root': null, 'a/child': 'a/root', 'B.c/Grand.Child': 'a/child' }));
  });
  afterAll(() => query.close());

  it('answers', async () => {
    console.log(JSON.stringify(await query.json('/v1/models/B.c/Grand.Child/ancestors'), null, 1));
    console.log(JSON.stringify(await query.json('/v1/status'), null, 1));
    console.log(JSON.stringify(await (await query.get('/v1/models/B.c/Grand.Chld')).json(), null, 1));
    console.log((await query.get('/openapi.json')).status);
    console.log(await (await query.get('/')).text());
  });
});
