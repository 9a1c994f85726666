import { hubBase, isLoopback } from './address';
import type { TransportOptions } from './transport';

export interface HubOptions extends Partial<TransportOptions> {
  /** Default: https://huggingface.co */
  readonly url?: string;
  /** Access token; sent to the hub's own origin alone, and never shown. */
  readonly token?: string;
  /** Pages of a listing walked at most, against a hub whose pages never end. */
  readonly pagesMax?: number;
  /** Entries of one revision's tree looked at, at most. */
  readonly filesMax?: number;
  /** Listed models whose facts are kept until they are described, so that describing them asks for their files alone. */
  readonly rememberedMax?: number;
}

const HUGGING_FACE = 'https://huggingface.co';
const WINDOW_MS = 5 * 60_000;

/** What the Hub grants in five minutes, with some room left (huggingface.co/docs/hub/rate-limits). */
const ANONYMOUS = { apiRequestsMax: 450, fileRequestsMax: 2_700 };
const FREE_ACCOUNT = { apiRequestsMax: 900, fileRequestsMax: 4_500 };
const UNPACED = { apiRequestsMax: Infinity, fileRequestsMax: Infinity };

const DEFAULTS: Omit<TransportOptions, keyof typeof UNPACED> = {
  attemptsMax: 4,
  backoffMs: 500,
  retryAfterMsMax: WINDOW_MS,
  timeoutMs: 60_000,
  inFlightMax: 8,
  waitingMax: 4_096,
  redirectsMax: 5,
  jsonBytesMax: 64 * 2 ** 20,
  windowMs: WINDOW_MS,
};

/** What a client works with. */
export interface ResolvedOptions {
  readonly hub: URL;
  readonly token: string | null;
  readonly transport: TransportOptions;
  readonly pagesMax: number;
  readonly filesMax: number;
  readonly rememberedMax: number;
}

/** Fills in the defaults. A hub on this machine is not paced. Throws a TypeError as the constructor of `HubClient` says. */
export function resolvedOptions(options: HubOptions): ResolvedOptions {
  const { url = HUGGING_FACE, token = null, pagesMax, filesMax, rememberedMax, ...transport } = options;
  const hub = hubBase(url);
  if (token !== null && hub.protocol !== 'https:' && !isLoopback(hub)) {
    throw new TypeError(`a token is not sent to ${hub.origin} in the clear; use https`);
  }
  const budget = isLoopback(hub) ? UNPACED : token === null ? ANONYMOUS : FREE_ACCOUNT;
  return {
    hub,
    token,
    transport: { ...DEFAULTS, ...budget, ...defined(transport) },
    pagesMax: pagesMax ?? 20_000,
    filesMax: filesMax ?? 10_000,
    rememberedMax: rememberedMax ?? 2_048,
  };
}

/** Without the options that are spelled out as undefined, which would hide the defaults. */
function defined<T extends object>(options: T): Partial<T> {
  return Object.fromEntries(Object.entries(options).filter(([, value]) => value !== undefined)) as Partial<T>;
}
