import { HubServer, zooCatalogue } from '@stemma/zoo';
import { HubClient } from './hub-client';
import type { HubWait } from './transport';

let hub: HubServer;
let repos: string[];
let waits: [HubWait, number][];

beforeAll(async () => {
  const { models } = await zooCatalogue({ graphs: ['ft'] });
  repos = models.slice(0, 4).map(({ repo }) => repo);
  hub = await HubServer.start({ models });
});
afterAll(() => hub.close());
beforeEach(() => {
  waits = [];
  hub.faults.clear();
});

const onWait = (why: HubWait, ms: number) => waits.push([why, ms]);
const told = (why: HubWait): number[] => waits.filter(([kind]) => kind === why).map(([, ms]) => ms);

test('tells how long requests wait for the rate limit', async () => {
  const client = new HubClient({ url: hub.url, apiRequestsMax: 2, windowMs: 200, onWait });
  for (const repo of repos.slice(0, 2)) await client.describe(repo);
  expect(told('pace').length).toBeGreaterThan(0);
  expect(Math.max(...told('pace'))).toBeGreaterThan(50);
  expect(Math.max(...told('pace'))).toBeLessThanOrEqual(200);
});

test('tells how long they wait for one another, and after a failure', async () => {
  hub.faults.add({ type: 'status', status: 500, on: 'tree', repo: repos[0]!, times: 1 });
  const client = new HubClient({ url: hub.url, inFlightMax: 1, backoffMs: 20, onWait });
  await Promise.all(repos.map((repo) => client.describe(repo)));
  expect(told('slot').length).toBeGreaterThan(0);
  expect(told('retry')).toHaveLength(1);
  expect(told('retry')[0]).toBeGreaterThanOrEqual(10);
  expect(told('pace')).toEqual([]);
});
