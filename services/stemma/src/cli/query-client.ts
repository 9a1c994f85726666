import type {
  Ancestors,
  Changes,
  Descendants,
  ModelDetail,
  Rejects,
  Status,
  Tree,
  Trees,
} from '@stemma/query';

/** The server answered that it cannot do what was asked; `message` is its own explanation. */
export class RefusedError extends Error {
  override readonly name = 'RefusedError';
  readonly retryable = false;

  constructor(
    message: string,
    readonly status: number,
  ) {
    super(message);
  }
}

/** No Stemma answers at the address. */
export class NotRunningError extends Error {
  override readonly name = 'NotRunningError';
  readonly retryable = true;

  constructor(url: string, cause: unknown) {
    super(`No Stemma answers at ${url}. Start it with \`npm start\`, or name another address with --url.`, {
      cause,
    });
  }
}

const PAGE_MODELS = 1_000;
const TIMEOUT_MS = 90_000;

/** The HTTP API of a running Stemma (openapi.json). */
export class QueryClient {
  readonly #url: string;

  constructor(url: string) {
    this.#url = url.replace(/\/+$/, '');
  }

  status = (): Promise<Status> => this.#get('/v1/status');
  model = (model: string): Promise<ModelDetail> => this.#get(`/v1/models/${path(model)}`);
  trees = (limit: number): Promise<Trees> => this.#get(`/v1/trees?limit=${limit}`);
  rejects = (): Promise<Rejects> => this.#get('/v1/rejects');

  changes(after: Changes['next'], waitSeconds: number, signal?: AbortSignal): Promise<Changes> {
    return this.#get(`/v1/changes?after=${after}&limit=${PAGE_MODELS}&wait=${waitSeconds}`, signal);
  }

  ancestors(model: string): Promise<Ancestors['ancestors']> {
    return this.#all<Ancestors, Ancestors['ancestors'][number]>(
      `/v1/models/${path(model)}/ancestors?limit=${PAGE_MODELS}`,
      (page) => page.ancestors,
    );
  }

  descendants(model: string, depth?: number): Promise<Descendants['descendants']> {
    const depthQuery = depth === undefined ? '' : `&depth=${depth}`;
    return this.#all<Descendants, Descendants['descendants'][number]>(
      `/v1/models/${path(model)}/descendants?limit=${PAGE_MODELS}${depthQuery}`,
      (page) => page.descendants,
    );
  }

  /** All members of the tree that `root` is the root of, in drawing order. */
  tree(root: string): Promise<Tree['members']> {
    return this.#all<Tree, Tree['members'][number]>(
      `/v1/trees/${path(root)}?limit=${PAGE_MODELS}`,
      (page) => page.members,
    );
  }

  async #all<Page extends { next: string | null }, Item>(
    route: string,
    itemsOf: (page: Page) => readonly Item[],
  ): Promise<Item[]> {
    const items: Item[] = [];
    for (let cursor: string | null = ''; cursor !== null;) {
      const page: Page = await this.#get(
        cursor === '' ? route : `${route}&cursor=${encodeURIComponent(cursor)}`,
      );
      items.push(...itemsOf(page));
      cursor = page.next;
    }
    return items;
  }

  async #get<Answer>(route: string, signal?: AbortSignal): Promise<Answer> {
    const signals = [AbortSignal.timeout(TIMEOUT_MS), ...(signal === undefined ? [] : [signal])];
    const response = await fetch(this.#url + route, { signal: AbortSignal.any(signals) }).catch(
      (cause: unknown) => {
        if (signal?.aborted) throw cause;
        throw new NotRunningError(this.#url, cause);
      },
    );
    const body: unknown = await response.json().catch(() => null);
    if (response.ok) return body as Answer;
    throw new RefusedError(explanation(body) ?? `The server answered ${response.status}.`, response.status);
  }
}

const path = (model: string): string => model.split('/').map(encodeURIComponent).join('/');

function explanation(body: unknown): string | null {
  const { detail, suggestions } = (body ?? {}) as { detail?: unknown; suggestions?: unknown };
  if (typeof detail !== 'string') return null;
  const near =
    Array.isArray(suggestions) && suggestions.length > 0 ? ` Did you mean ${suggestions.join(', ')}?` : '';
  return detail.includes('Did you mean') ? detail : detail + near;
}
