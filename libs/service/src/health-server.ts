import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { UsageError } from './usage-error';

/** What a process can say of itself at any time. */
export interface Vitals {
  /** Why it cannot do its work now, for people; empty when it can. */
  unready(): readonly string[];
  /** In Prometheus' text format. */
  metrics(): Promise<string>;
}

export interface HealthServer {
  readonly port: number;
  close(): Promise<void>;
}

const HEADER_BYTES_MAX = 8 << 10;
const REQUEST_TIMEOUT_MS = 5_000;
const CONNECTIONS_MAX = 64;

/**
 * `/health`: the process lives. `/ready`: 200 when it can do its work, else 503 with the reasons. `/metrics`: for
 * Prometheus. Nothing here takes input, and nothing needs a password: keep the port inside.
 */
export async function startHealthServer(
  at: { readonly host: string; readonly port: number },
  vitals: Vitals,
): Promise<HealthServer> {
  const limits = { maxHeaderSize: HEADER_BYTES_MAX, requestTimeout: REQUEST_TIMEOUT_MS };
  const server = createServer(limits, (request, response) => void answer(request, response, vitals));
  server.maxConnections = CONNECTIONS_MAX;
  await listening(server, at);
  return {
    port: (server.address() as AddressInfo).port,
    async close() {
      await new Promise<void>((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      });
    },
  };
}

async function answer(request: IncomingMessage, response: ServerResponse, vitals: Vitals): Promise<void> {
  const path = request.url?.split('?', 1)[0];
  const isRead = request.method === 'GET' || request.method === 'HEAD';
  if (!isRead) return send(response, 405, { error: 'only GET and HEAD are answered' });
  if (path === '/health') return send(response, 200, { status: 'alive' });
  if (path === '/ready') {
    const reasons = vitals.unready();
    return reasons.length === 0
      ? send(response, 200, { status: 'ready' })
      : send(response, 503, { status: 'not ready', reasons });
  }
  if (path !== '/metrics') return send(response, 404, { error: 'there is /health, /ready and /metrics' });
  try {
    const text = await vitals.metrics();
    response.writeHead(200, { 'content-type': 'text/plain; version=0.0.4; charset=utf-8' }).end(text);
  } catch (error) {
    send(response, 500, { error: `the metrics could not be collected: ${(error as Error).message}` });
  }
}

function send(response: ServerResponse, status: number, body: object): void {
  response.writeHead(status, { 'content-type': 'application/json', 'cache-control': 'no-store' });
  response.end(`${JSON.stringify(body)}\n`);
}

function listening(server: Server, { host, port }: { host: string; port: number }): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once('error', (cause: NodeJS.ErrnoException) => {
      const isTaken =
        cause.code === 'EADDRINUSE' || cause.code === 'EACCES' || cause.code === 'EADDRNOTAVAIL';
      const message = `${host}:${port} cannot be listened on (${cause.code}): name another STEMMA_HEALTH_PORT, 0 for any free one`;
      reject(isTaken ? new UsageError(message, { cause }) : cause);
    });
    server.listen(port, host, () => resolve());
  });
}
