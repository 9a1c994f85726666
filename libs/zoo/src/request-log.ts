import type { HubRouteName } from './hub-route';

/** One request as the Hub server saw it. */
export interface LoggedRequest {
  readonly method: string;
  readonly target: string;
  readonly route: HubRouteName;
  readonly repo: string | null;
  readonly path: string | null;
  readonly range: string | null;
  /** Whether a token came along; never the token. */
  readonly authorized: boolean;
  /** Whether it came to the second origin that files are redirected to. */
  readonly cdn: boolean;
  readonly status: number;
  /** Bytes of body handed to the socket. */
  readonly bytes: number;
}

/** The newest requests, for assertions; older ones are forgotten beyond `max`, but stay counted. */
export class RequestLog {
  readonly #max: number;
  #entries: LoggedRequest[] = [];
  #requests = 0;
  #bytes = 0;

  constructor(max = 10_000) {
    this.#max = max;
  }

  get entries(): readonly LoggedRequest[] {
    return this.#entries;
  }

  /** Requests answered since the start or the last `clear`. */
  get requests(): number {
    return this.#requests;
  }

  /** Bytes of body sent since the start or the last `clear`. */
  get bytes(): number {
    return this.#bytes;
  }

  record(request: LoggedRequest): void {
    this.#entries.push(request);
    if (this.#entries.length > 2 * this.#max) this.#entries = this.#entries.slice(-this.#max);
    this.#requests += 1;
    this.#bytes += request.bytes;
  }

  /** The requests that agree with every given field. */
  find(wanted: Partial<LoggedRequest>): LoggedRequest[] {
    const fields = Object.entries(wanted) as [keyof LoggedRequest, unknown][];
    return this.#entries.filter((request) => fields.every(([field, value]) => request[field] === value));
  }

  clear(): void {
    this.#entries = [];
    this.#requests = 0;
    this.#bytes = 0;
  }
}
