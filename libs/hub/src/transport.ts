import { setTimeout as sleep } from 'node:timers/promises';
import { hasPrivateHost } from './address';
import { judged, type Try } from './answer';
import { HubUnavailableError, Refusal, rejected } from './outcome';
import { Pace } from './pace';
import type { Purpose } from './purpose';
import { askedWaitMs, backoffMs, type RetryOptions } from './retry';
import { Slots } from './slots';

export interface TransportOptions extends RetryOptions {
  /** Of one try, its redirects and its body included. */
  readonly timeoutMs: number;
  readonly inFlightMax: number;
  readonly waitingMax: number;
  readonly redirectsMax: number;
  /** Most bytes of a JSON answer. */
  readonly jsonBytesMax: number;
  /** Requests in every window to `/api/`, and to anything else of the hub; Infinity does not pace. */
  readonly apiRequestsMax: number;
  readonly fileRequestsMax: number;
  readonly windowMs: number;
}

/**
 * The `fetch` that `@huggingface/hub` is given. It adds what that library leaves out: a timeout, bounded retries that heed
 * `Retry-After` and go on where a body broke off, pacing, a bound on everything that is received, the check that a range
 * is answered by that range, and links and redirects that never carry the token to another origin and never lead from a
 * public hub into a private network.
 */
export class Transport {
  readonly #hub: URL;
  readonly #token: string | null;
  readonly #options: TransportOptions;
  readonly #slots: Slots;
  readonly #apiPace: Pace | null;
  readonly #filePace: Pace | null;

  constructor(hub: URL, token: string | null, options: TransportOptions) {
    this.#hub = hub;
    this.#token = token;
    this.#options = options;
    this.#slots = new Slots(options.inFlightMax, options.waitingMax);
    const pace = (max: number) => (Number.isFinite(max) ? new Pace(max, options.windowMs) : null);
    this.#apiPace = pace(options.apiRequestsMax);
    this.#filePace = pace(options.fileRequestsMax);
  }

  /**
   * A `fetch` for one purpose: it GETs, with headers of its own. Throws a `Refusal` for what cannot be read,
   * `HubUnavailableError` for "not now", and the signal's reason when it is aborted.
   */
  fetchFor(purpose: Purpose): typeof fetch {
    return (input) => this.#send(new URL(input instanceof Request ? input.url : input), purpose);
  }

  async #send(url: URL, purpose: Purpose): Promise<Response> {
    const { attemptsMax, retryAfterMsMax } = this.#options;
    const { signal } = purpose;
    const received: Uint8Array[] = [];
    for (let attempt = 1; ; attempt++) {
      signal?.throwIfAborted();
      const outcome = await this.#try(url, purpose, received);
      signal?.throwIfAborted();
      if (outcome.type === 'answered') return outcome.response;
      if (outcome.type === 'cut') received.push(outcome.bytes);
      const waitMs = outcome.type === 'failed' ? outcome.waitMs : null;
      if (attempt >= attemptsMax || (waitMs ?? 0) > retryAfterMsMax) throw givenUp(outcome, attempt, purpose);
      await sleep(waitMs ?? backoffMs(attempt, this.#options, Math.random), undefined, signal && { signal });
    }
  }

  /** One try, at its time and in a slot: the redirects, the headers and the whole body. */
  async #try(url: URL, purpose: Purpose, received: readonly Uint8Array[]): Promise<Try> {
    const { signal } = purpose;
    const startMs = this.#paceOf(url)?.book(Date.now()) ?? 0;
    const waitMs = startMs - Date.now();
    if (waitMs > 0) await sleep(waitMs, undefined, signal && { signal });
    return this.#slots.run(signal, async () => {
      const timeout = AbortSignal.timeout(this.#options.timeoutMs);
      const late = (cause: unknown): Try => {
        const why = timeout.aborted
          ? `it took longer than ${this.#options.timeoutMs} ms`
          : 'the connection failed';
        return { type: 'failed', why, waitMs: null, cause };
      };
      try {
        const both = signal ? AbortSignal.any([signal, timeout]) : timeout;
        const response = await this.#follow(url, purpose, lengthOf(received), both);
        this.#heedRateLimit(response);
        const { jsonBytesMax } = this.#options;
        const outcome = await judged(response, {
          purpose,
          received,
          hasToken: this.#token !== null,
          jsonBytesMax,
        });
        return outcome.type === 'cut' && timeout.aborted ? late(outcome.cause) : outcome;
      } catch (error) {
        if (error instanceof Refusal) throw error;
        return late(error);
      }
    });
  }

  async #follow(url: URL, purpose: Purpose, skip: number, signal: AbortSignal): Promise<Response> {
    const { redirectsMax } = this.#options;
    let at = url;
    for (let hops = 0; hops <= redirectsMax; hops++) {
      await this.#checkAddress(at, purpose);
      for (const meter of purpose.meters) meter.requests += 1;
      const response = await fetch(at, {
        headers: this.#headers(at, purpose, skip),
        redirect: 'manual',
        signal,
      });
      const location = response.headers.get('location');
      if (response.status < 300 || response.status >= 400 || location === null) return response;
      await response.body?.cancel();
      if (!URL.canParse(location, at.href)) throw unsafe(purpose, 'it redirects to something that is no URL');
      at = new URL(location, at);
    }
    throw unsafe(purpose, `it redirects more than ${redirectsMax} times`);
  }

  /** The token goes to the hub's own origin alone, whoever links or redirects elsewhere. */
  #headers(url: URL, { expects }: Purpose, skip: number): Record<string, string> {
    const asks: Record<string, string> =
      typeof expects === 'string'
        ? { accept: 'application/json' }
        : { range: `bytes=${expects.begin + skip}-${expects.end - 1}`, 'accept-encoding': 'identity' };
    const knows = url.origin === this.#hub.origin && this.#token !== null;
    return { 'user-agent': 'stemma', ...asks, ...(knows ? { authorization: `Bearer ${this.#token}` } : {}) };
  }

  /** What a hub says of its models is taken from the hub alone; files may lie elsewhere, as on a content network. */
  async #checkAddress(url: URL, purpose: Purpose): Promise<void> {
    const hub = this.#hub;
    if (url.origin === hub.origin) return;
    const refuse = (why: string) => unsafe(purpose, `it leads to ${url.origin}, but ${why}`);
    if (typeof purpose.expects === 'string') throw refuse('a hub answers for itself');
    if (url.protocol !== 'https:' && url.protocol !== 'http:')
      throw refuse('only http and https are followed');
    if (hub.protocol === 'https:' && url.protocol === 'http:')
      throw refuse('an encrypted hub stays encrypted');
    if ((await hasPrivateHost(url)) && !(await hasPrivateHost(hub)))
      throw refuse('that is a private network');
  }

  /** An exhausted budget holds back every request of its kind, not only the one that was told of it. */
  #heedRateLimit({ url, headers }: Response): void {
    const waitMs = askedWaitMs(headers, Date.now());
    if (waitMs === null || !URL.canParse(url)) return;
    this.#paceOf(new URL(url))?.pause(Date.now() + Math.min(waitMs, this.#options.retryAfterMsMax));
  }

  #paceOf(url: URL): Pace | null {
    if (url.origin !== this.#hub.origin) return null;
    const base = this.#hub.pathname.replace(/\/$/, '');
    return url.pathname.startsWith(`${base}/api/`) ? this.#apiPace : this.#filePace;
  }
}

const lengthOf = (parts: readonly Uint8Array[]): number =>
  parts.reduce((sum, part) => sum + part.byteLength, 0);

const unsafe = ({ subject }: Purpose, why: string): Refusal =>
  new Refusal(rejected('unsafe-redirect', `${subject} is not followed: ${why}.`));

/** After the last try: a body that always breaks off is the file's fault, everything else the moment's. */
function givenUp(outcome: Exclude<Try, { type: 'answered' }>, attempts: number, { subject }: Purpose): Error {
  const tries = attempts === 1 ? 'once' : `${attempts} times`;
  if (outcome.type === 'cut') {
    return new Refusal(
      rejected('truncated', `${subject}: the hub was asked ${tries} and broke off every time.`),
    );
  }
  const { why, waitMs, cause } = outcome;
  const wait = waitMs === null ? '' : ` and wants ${Math.ceil(waitMs / 1000)} s`;
  return new HubUnavailableError(`${subject}: the hub was asked ${tries}, but ${why}${wait}`, {
    cause,
    retryAfterMs: waitMs,
  });
}
