import { answerFile } from './file-answer';
import { commitEntries, fileEntry, listedModels, modelEntry, treeEntries } from './hub-json';
import type { Exchange } from './exchange';
import type { Fault } from './fault';
import type { HubRoute } from './hub-route';
import type { Shelf } from './shelf';
import type { ZooModel } from './zoo-model';

export interface AnswerOptions {
  readonly pageMax: number;
  readonly token: string | null;
  /** Origin that files are redirected to; null serves them here. */
  readonly cdnUrl: () => string | null;
}

type RouteOf<N extends HubRoute['name']> = Extract<HubRoute, { name: N }>;

const BODY_BYTES_MAX = 1 << 20;

/** Answers requests from a shelf of repositories. */
export class HubAnswers {
  readonly #shelf: Shelf;
  readonly #options: AnswerOptions;

  constructor(shelf: Shelf, options: AnswerOptions) {
    this.#shelf = shelf;
    this.#options = options;
  }

  async answer(exchange: Exchange): Promise<void> {
    const { route } = exchange;
    if (answeredByFault(exchange)) return;
    if (route.name === 'list') return this.#list(exchange, route.query);
    if (route.name === 'unknown') return exchange.refuse(404, 'NotFound', `no route ${exchange.request.url}`);
    const model = this.#model(exchange, route);
    if (model === null) return;
    switch (route.name) {
      case 'info':
        return exchange.json(200, modelEntry(model, route.query.getAll('expand')));
      case 'tree':
        return this.#tree(exchange, model, route);
      case 'commits':
        return exchange.json(200, commitEntries(this.#shelf.history(route.repo)));
      case 'paths-info':
        return this.#pathsInfo(exchange, model);
      case 'file':
        return this.#file(exchange, model, route);
    }
  }

  #list(exchange: Exchange, query: URLSearchParams): void {
    const expand = query.getAll('expand');
    const models = listedModels(
      this.#shelf.models().filter((model) => !model.private || this.#authorized(exchange)),
      query,
    );
    this.#page(exchange, models, (model) => modelEntry(model, expand));
  }

  #tree(exchange: Exchange, model: ZooModel, route: RouteOf<'tree'>): void {
    const entries = treeEntries(model, route.path, route.query.get('recursive') === 'true');
    const isWeights = (entry: Record<string, unknown>) => 'lfs' in entry;
    const listed = exchange.fault('no-weights') ? entries.filter((entry) => !isWeights(entry)) : entries;
    this.#page(exchange, listed, (entry) => entry);
  }

  /** One page from the cursor on, and a `Link` to the next with an absolute URL, which the client insists on. */
  #page<T>(exchange: Exchange, items: readonly T[], entry: (item: T) => unknown): void {
    const next = new URL(exchange.request.url ?? '/', `http://${exchange.request.headers.host}`);
    const asked = Number(next.searchParams.get('limit') ?? this.#options.pageMax);
    const size = Math.max(1, Math.min(asked || 1, this.#options.pageMax));
    const cursor = next.searchParams.get('cursor');
    const from = cursor === null ? 0 : Number(Buffer.from(cursor, 'base64url').toString()) || 0;
    const page = items.slice(from, from + size).map(entry);
    if (from + size >= items.length) return exchange.json(200, page);
    next.searchParams.set('cursor', Buffer.from(String(from + size)).toString('base64url'));
    exchange.json(200, page, { link: `<${next.href}>; rel="next"` });
  }

  async #pathsInfo(exchange: Exchange, model: ZooModel): Promise<void> {
    const body = (await readJson(exchange)) as { paths?: unknown } | null;
    const paths = Array.isArray(body?.paths) ? (body.paths as unknown[]) : [];
    exchange.json(200, model.files.filter((file) => paths.includes(file.path)).map(fileEntry));
  }

  async #file(exchange: Exchange, model: ZooModel, route: RouteOf<'file'>): Promise<void> {
    const file = model.files.find(({ path }) => path === route.path);
    if (file === undefined) return exchange.refuse(404, 'EntryNotFound', `Entry not found: ${route.path}`);
    if (model.gated !== false && !exchange.cdn && !this.#authorized(exchange)) {
      const message = `Access to model ${model.repo} is restricted and you are not in the authorized list.`;
      return exchange.refuse(exchange.request.headers.authorization ? 403 : 401, 'GatedRepo', message);
    }
    const cdn = this.#options.cdnUrl();
    if (cdn !== null && !exchange.cdn) return exchange.redirect(302, `${cdn}/cdn${exchange.request.url}`);
    return answerFile(exchange, model, file);
  }

  /** The revision that a request is about; null when it has been refused or redirected. */
  #model(exchange: Exchange, route: { readonly repo: string; readonly revision: string }): ZooModel | null {
    const { repo, revision } = route;
    const renamed = this.#shelf.renamed(repo);
    if (renamed !== null) {
      exchange.redirect(307, (exchange.request.url ?? '').replace(repo, renamed));
      return null;
    }
    const newest = this.#shelf.newest(repo);
    if (newest === null || (newest.private && !exchange.cdn && !this.#authorized(exchange))) {
      // The Hub does not tell strangers whether a repository is private or missing.
      exchange.refuse(
        exchange.request.headers.authorization ? 404 : 401,
        'RepoNotFound',
        'Repository not found',
      );
      return null;
    }
    const model = this.#shelf.at(repo, revision);
    if (model === null) exchange.refuse(404, 'RevisionNotFound', `Invalid rev id: ${revision}`);
    return model;
  }

  #authorized(exchange: Exchange): boolean {
    const { token } = this.#options;
    return token !== null && exchange.request.headers.authorization === `Bearer ${token}`;
  }
}

/** Lets the faults that replace the whole answer have it. */
function answeredByFault(exchange: Exchange): boolean {
  if (exchange.fault('reset')) {
    exchange.request.socket.destroy();
    return true;
  }
  const redirect = exchange.fault('redirect');
  if (redirect) {
    exchange.redirect(302, redirect.location);
    return true;
  }
  const body = exchange.fault('body');
  if (body) {
    exchange.text(200, body.body, body.link === undefined ? {} : { link: body.link });
    return true;
  }
  const status = exchange.fault('status');
  if (status) refuseByFault(exchange, status);
  return status !== undefined;
}

function refuseByFault(exchange: Exchange, fault: Extract<Fault, { type: 'status' }>): void {
  const { retryAfterSeconds, rateLimitSeconds } = fault;
  exchange.refuse(fault.status, fault.errorCode ?? 'Fault', `the hub was told to answer ${fault.status}`, {
    ...(retryAfterSeconds === undefined ? {} : { 'retry-after': String(retryAfterSeconds) }),
    ...(rateLimitSeconds === undefined ? {} : { ratelimit: `"api";r=0;t=${rateLimitSeconds}` }),
  });
}

async function readJson(exchange: Exchange): Promise<unknown> {
  const chunks: Buffer[] = [];
  let bytes = 0;
  for await (const chunk of exchange.request as AsyncIterable<Buffer>) {
    bytes += chunk.length;
    if (bytes > BODY_BYTES_MAX) return null;
    chunks.push(chunk);
  }
  try {
    return JSON.parse(Buffer.concat(chunks).toString('utf8'));
  } catch {
    return null;
  }
}
