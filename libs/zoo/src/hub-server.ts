import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { Exchange } from './exchange';
import { FaultPlan, type Fault } from './fault';
import { HubAnswers } from './hub-answers';
import { routeOf } from './hub-route';
import { RequestLog, type LoggedRequest } from './request-log';
import { Shelf, type Push } from './shelf';
import type { ZooModel } from './zoo-model';

export interface HubOptions {
  /** 0 takes a free one. */
  readonly port?: number;
  readonly models?: readonly ZooModel[];
  readonly faults?: readonly Fault[];
  /** Models a page at most, whatever the client asks for; the Hub's own limit is 1,000. */
  readonly pageMax?: number;
  /** Whoever sends it as a bearer may read gated and private repositories. */
  readonly token?: string;
  /** Redirects files to a second origin, as the Hub does. */
  readonly redirectsFiles?: boolean;
  readonly logMax?: number;
}

/**
 * A small Hub on 127.0.0.1 that serves what `@huggingface/hub` asks for: listing with `Link` pages, one model, its
 * tree, its commits, `paths-info`, and files by range from disk. Repositories can change while it runs.
 */
export class HubServer {
  readonly faults: FaultPlan;
  readonly log: RequestLog;
  readonly #shelf: Shelf;
  readonly #answers: HubAnswers;
  readonly #hub: Server;
  readonly #cdn: Server | null;
  #url = '';

  private constructor(options: HubOptions) {
    this.faults = new FaultPlan(options.faults);
    this.log = new RequestLog(options.logMax);
    this.#shelf = new Shelf(options.models);
    this.#answers = new HubAnswers(this.#shelf, {
      pageMax: options.pageMax ?? 1000,
      token: options.token ?? null,
      cdnUrl: () => (this.#cdn === null ? null : urlOf(this.#cdn)),
    });
    this.#hub = createServer((request, response) => void this.#serve(request, response, false));
    this.#cdn = options.redirectsFiles
      ? createServer((request, response) => void this.#serve(request, response, true))
      : null;
  }

  /** Listens before it resolves; fails where the port is taken. */
  static async start(options: HubOptions = {}): Promise<HubServer> {
    const server = new HubServer(options);
    await listening(server.#hub, options.port ?? 0);
    if (server.#cdn !== null) await listening(server.#cdn, 0);
    server.#url = urlOf(server.#hub);
    return server;
  }

  /** Where it listens; still known when it is closed. */
  get url(): string {
    return this.#url;
  }

  /** The newest revision of every repository. */
  get models(): readonly ZooModel[] {
    return this.#shelf.models();
  }

  publish(model: ZooModel): void {
    this.#shelf.publish(model);
  }

  update(repo: string, push: Push): ZooModel {
    return this.#shelf.update(repo, push);
  }

  remove(repo: string): void {
    this.#shelf.remove(repo);
  }

  rename(from: string, to: string): void {
    this.#shelf.rename(from, to);
  }

  /** Cuts every connection and gives the port back. */
  async close(): Promise<void> {
    const servers = this.#cdn === null ? [this.#hub] : [this.#hub, this.#cdn];
    await Promise.all(
      servers.map(
        (server) =>
          new Promise<void>((resolve) => {
            server.close(() => resolve());
            server.closeAllConnections();
          }),
      ),
    );
  }

  async #serve(request: IncomingMessage, response: ServerResponse, cdn: boolean): Promise<void> {
    const route = routeOf(request.url ?? '/');
    const exchange = new Exchange(request, response, route, this.faults.take(route), cdn);
    const closed = new AbortController();
    response.once('close', () => {
      closed.abort();
      this.log.record(loggedRequest(exchange));
    });
    try {
      const delay = exchange.fault('delay');
      if (delay) await sleep(delay.delayMs, undefined, { signal: closed.signal });
      await this.#answers.answer(exchange);
    } catch {
      // The client went away, or a file of the catalogue did: either way only the socket is left to tell.
      response.destroy();
    }
  }
}

function loggedRequest({ request, response, route, bytes, cdn }: Exchange): LoggedRequest {
  const { repo = null, path = null } = { repo: null, path: null, ...route };
  return {
    method: request.method ?? '',
    target: request.url ?? '',
    route: route.name,
    repo,
    path,
    range: request.headers.range ?? null,
    authorized: request.headers.authorization !== undefined,
    cdn,
    status: response.headersSent ? response.statusCode : 0,
    bytes,
  };
}

const listening = (server: Server, port: number): Promise<void> =>
  new Promise((resolve, reject) => {
    server.once('error', reject);
    server.listen(port, '127.0.0.1', () => {
      server.off('error', reject);
      resolve();
    });
  });

const urlOf = (server: Server): string => `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
