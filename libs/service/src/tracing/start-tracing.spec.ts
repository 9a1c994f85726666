import { execFile } from 'node:child_process';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { promisify } from 'node:util';

interface Received {
  readonly path: string | undefined;
  readonly body: {
    resourceSpans: {
      resource: { attributes: { key: string; value: { stringValue: string } }[] };
      scopeSpans: { spans: { name: string }[] }[];
    }[];
  };
}

const RUNNER = join(__dirname, '../../../../tools/run-ts.js');
const CHILD = join(__dirname, 'tracing-child.testing.ts');

/** What a process that ends one span prints. */
const runChild = async (url: string): Promise<string> =>
  (await promisify(execFile)(process.execPath, [RUNNER, CHILD, 'indexer', url])).stdout;

/** The receiving end of OTLP over HTTP with JSON. */
async function startCollector(
  received: Received[],
  status: number,
): Promise<{ server: Server; url: string }> {
  const server = createServer((request, response) => {
    const chunks: Buffer[] = [];
    request.on('data', (chunk: Buffer) => chunks.push(chunk));
    request.on('end', () => {
      const body = JSON.parse(Buffer.concat(chunks).toString()) as Received['body'];
      received.push({ path: request.url, body });
      response.writeHead(status, { 'content-type': 'application/json', connection: 'close' }).end('{}');
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return { server, url: `http://127.0.0.1:${(server.address() as AddressInfo).port}` };
}

it('sends what is left to a collector when it closes, under the name of the service', async () => {
  const received: Received[] = [];
  const { server, url } = await startCollector(received, 200);
  expect(await runChild(url)).toBe('');
  server.close();
  expect(received.map(({ path }) => path)).toEqual(['/v1/traces']);
  const { resource, scopeSpans } = received[0]!.body.resourceSpans[0]!;
  const named = Object.fromEntries(resource.attributes.map(({ key, value }) => [key, value.stringValue]));
  expect(named).toMatchObject({ 'service.name': 'stemma-indexer', 'service.version': '1.2.3' });
  expect(scopeSpans[0]!.spans.map(({ name }) => name)).toEqual(['work']);
});

it('says so where the collector refuses, and ends all the same', async () => {
  const { server, url } = await startCollector([], 400);
  expect(await runChild(`${url}/v1/traces`)).toMatch(/^failed: /);
  server.close();
});
