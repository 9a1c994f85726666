import { HubClient, type HubOptions } from '@stemma/hub';
import { HubServer, zooCatalogue } from '@stemma/zoo';
import type { Registry } from 'prom-client';
import { HubMetrics } from './metrics/hub-metrics';
import { text } from './setting-kinds';
import type { Setting, Values } from './settings';
import { UsageError } from './usage-error';

/** Where models come from: the zoo of this repository, or a Hub by its address. */
export type HubChoice =
  { readonly kind: 'zoo' } | { readonly kind: 'url'; readonly name: string; readonly url: string };

export const HUGGING_FACE_URL = 'https://huggingface.co';

/** A hub that is open, with what must be closed after it. */
export interface OpenHub {
  /** Under which its models are recorded. */
  readonly name: string;
  /** For people: where it is. */
  readonly place: string;
  readonly client: HubClient;
  close(): Promise<void>;
}

/** Where a hub shows a model to people; null where it has no pages. */
export function modelPages(choice: HubChoice): ((model: string) => string) | null {
  if (choice.kind === 'zoo') return null;
  const base = choice.url.replace(/\/+$/, '');
  return (model) => `${base}/${model}`;
}

/** `zoo`, `huggingface` or an http(s) address; null where it is none of these. */
export function parseHub(text: string): HubChoice | null {
  if (text === 'zoo') return { kind: 'zoo' };
  if (text === 'huggingface') return { kind: 'url', name: 'huggingface', url: HUGGING_FACE_URL };
  if (!/^https?:\/\//.test(text) || !URL.canParse(text)) return null;
  return { kind: 'url', name: new URL(text).host.replace(/[^\w.-]/g, '-'), url: text };
}

/** The variable that names the hub; `fallback: null` for a service that can do without. */
export function hub(name: string): Setting<HubChoice>;
export function hub(name: string, options: { readonly fallback: null }): Setting<HubChoice | null>;
export function hub(name: string, options?: { readonly fallback: null }): Setting<HubChoice | null> {
  return {
    name,
    expected: "huggingface, the http(s) address of a Hub, or zoo for this repository's own models",
    isSecret: false,
    fallback: options === undefined ? undefined : { value: options.fallback },
    parse: (text) => parseHub(text) ?? undefined,
  };
}

/** Opens a hub. The zoo's is a server of our own on loopback: the same models under the same names wherever it runs. */
export async function openHub(
  choice: HubChoice,
  options: Pick<HubOptions, 'token' | 'onWait'> = {},
): Promise<OpenHub> {
  if (choice.kind === 'url') {
    const client = clientOf({ ...options, url: choice.url });
    return { name: choice.name, place: client.url, client, close: async () => undefined };
  }
  const server = await HubServer.start({ models: (await zooCatalogue()).models });
  return {
    name: 'zoo',
    place: `the zoo, served on ${server.url}`,
    client: new HubClient({ url: server.url }),
    close: () => server.close(),
  };
}

/** What a service that asks a hub reads from its environment. The token is sent to the hub's own origin alone. */
export const hubSettings = {
  hub: hub('STEMMA_HUB'),
  token: text('HF_TOKEN', {
    pattern: /^[\x21-\x7e]{1,1024}$/,
    expected: 'an access token',
    fallback: null,
    isSecret: true,
  }),
};

/** Opens the hub of the settings, with metrics of what asking it costs. */
export async function openObservedHub(
  settings: Values<typeof hubSettings>,
  registry: Registry,
): Promise<OpenHub> {
  const metrics = new HubMetrics(registry);
  const { token } = settings;
  const opened = await openHub(settings.hub, {
    ...(token === null ? {} : { token }),
    onWait: (why, ms) => metrics.waited(why, ms),
  });
  metrics.client = opened.client;
  return opened;
}

function clientOf(options: HubOptions): HubClient {
  try {
    return new HubClient(options);
  } catch (cause) {
    if (cause instanceof TypeError) throw new UsageError(cause.message, { cause });
    throw cause;
  }
}
