import { hopProblem } from './address';
import { judged, type FailedTry, type Try } from './answer';
import { HubUnavailableError, Refusal, rejected } from './outcome';
import { Pace } from './pace';
import type { Purpose } from './purpose';
import { askedWaitMs, backoffMs, waited, type RetryOptions } from './retry';
import { Slots } from './slots';

/** Why a request waits: for a place among those in flight, for the hub's rate limit, or after a failure. */
export type HubWait = 'slot' | 'pace' | 'retry';

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
  /** Told of every wait that is over. */
  readonly onWait?: (why: HubWait, waitedMs: number) => void;
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
      if (outcome.bytes) received.push(outcome.bytes);
      const { waitMs } = outcome;
      if (attempt >= attemptsMax || (waitMs ?? 0) > retryAfterMsMax) throw givenUp(outcome, attempt, purpose);
      await this.#wait('retry', waitMs ?? backoffMs(attempt, this.#options, Math.random), signal);
    }
  }

  /** One try, at its time and in a slot: the redirects, the headers and the whole body. */
  async #try(url: URL, purpose: Purpose, received: readonly Uint8Array[]): Promise<Try> {
    const { signal } = purpose;
    const startMs = this.#paceOf(url)?.book(Date.now()) ?? 0;
    await this.#wait('pace', startMs - Date.now(), signal);
    const queuedMs = performance.now();
    return this.#slots.run(signal, async () => {
      this.#tellWait('slot', performance.now() - queuedMs);
      const timeout = AbortSignal.timeout(this.#options.timeoutMs);
      const late = `it took longer than ${this.#options.timeoutMs} ms`;
      try {
        const both = signal ? AbortSignal.any([signal, timeout]) : timeout;
        const response = await this.#follow(url, purpose, lengthOf(received), both);
        this.#heedRateLimit(response);
        const context = {
          purpose,
          received,
          hasToken: this.#token !== null,
          jsonBytesMax: this.#options.jsonBytesMax,
        };
        const outcome = await judged(response, context);
        return outcome.type === 'failed' && timeout.aborted
          ? { ...outcome, why: late, brokeOff: false }
          : outcome;
      } catch (cause) {
        if (cause instanceof Refusal) throw cause;
        return { type: 'failed', why: timeout.aborted ? late : 'the connection failed', waitMs: null, cause };
      }
    });
  }

  async #wait(why: HubWait, waitMs: number, signal: AbortSignal | undefined): Promise<void> {
    await waited(waitMs, signal);
    this.#tellWait(why, waitMs);
  }

  /** What took less than a millisecond was no wait. */
  #tellWait(why: HubWait, waitedMs: number): void {
    if (waitedMs >= 1) this.#options.onWait?.(why, waitedMs);
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
    if (url.origin === this.#hub.origin) return;
    const isFile = typeof purpose.expects !== 'string';
    const problem = isFile ? await hopProblem(this.#hub, url) : 'a hub answers for itself';
    if (problem !== null) throw unsafe(purpose, `it leads to ${url.origin}, but ${problem}`);
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
function givenUp({ why, waitMs, brokeOff, cause }: FailedTry, attempts: number, { subject }: Purpose): Error {
  const tries = attempts === 1 ? 'once' : `${attempts} times`;
  const wait = waitMs === null ? '' : ` and wants ${Math.ceil(waitMs / 1000)} s`;
  const message = `${subject}: the hub was asked ${tries}, but ${why}${wait}`;
  if (brokeOff) return new Refusal(rejected('truncated', `${message} every time.`));
  return new HubUnavailableError(message, { cause, retryAfterMs: waitMs });
}
