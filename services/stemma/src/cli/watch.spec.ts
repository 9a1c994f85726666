import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { QueryClient } from './query-client';
import type { Terminal } from './terminal';
import { sentenceOf, watchChanges } from './watch';

const change = (partition: number, seq: number): object => ({
  partition,
  seq,
  kind: 'arrived',
  model: `org/m${partition}-${seq}`,
  parent: { before: null, after: null },
  verdict: 'root',
});

/** What a feed of three partitions answers, by the place asked for. */
const PAGES: Readonly<Record<string, object>> = {
  '0': { changes: [change(0, 1), change(2, 1)], next: '1,0,1' },
  '1,0,1': { changes: [change(1, 1)], next: '1,1,1' },
  '1,1,1': { changes: [change(2, 2)], next: '1,1,2' },
};

let server: Server;
const asked: (string | null)[] = [];

/** Serves the pages, and goes away after `requests` of them. */
async function serve(port: number, requests: number): Promise<number> {
  server = createServer((request, reply) => {
    const after = new URL(request.url!, 'http://any').searchParams.get('after');
    asked.push(after);
    reply.setHeader('connection', 'close').end(JSON.stringify(PAGES[after!]));
    if (--requests === 0) server.close();
  });
  await new Promise<void>((resolve) => server.listen(port, '127.0.0.1', resolve));
  return (server.address() as AddressInfo).port;
}

afterEach(() => server.close());

it('goes on at the place in every partition, also after a restart of the server', async () => {
  const port = await serve(0, 2);
  const stopping = new AbortController();
  const printed: { model: string }[] = [];
  const out = {
    json: true,
    printJson: (value: { model: string }) => {
      printed.push(value);
      if (printed.length === 3) setTimeout(() => void serve(port, 1), 200);
      if (printed.length === 4) stopping.abort();
    },
  } as unknown as Terminal;
  await watchChanges(new QueryClient(`http://127.0.0.1:${port}`), '0', stopping.signal, out);
  expect(asked).toEqual(['0', '1,0,1', '1,1,1']);
  expect(printed.map(({ model }) => model)).toEqual(['org/m0-1', 'org/m2-1', 'org/m1-1', 'org/m2-2']);
});

it('numbers the changes of all partitions but the first with their partition', () => {
  const [plain, numbered] = [change(0, 7), change(2, 7)].map((one) =>
    sentenceOf(one as Parameters<typeof sentenceOf>[0]),
  );
  expect(plain).toContain('     7');
  expect(numbered).toContain('   2/7');
});
