import { homedir } from 'node:os';
import { join, resolve } from 'node:path';
import { HUGGING_FACE_URL, parseHub, UsageError, type HubChoice as RemoteHub } from '@stemma/service';

/** Where models come from: the repository's own zoo, a Hub by its address, or a folder of checkpoints. */
export type HubChoice = RemoteHub | { readonly kind: 'folder'; readonly folder: string };

export interface StemmaConfig {
  readonly hub: HubChoice;
  readonly dataFolder: string;
  readonly host: string;
  readonly port: number;
  readonly author: string | null;
  /** Nothing that was changed before it is looked at. */
  readonly since: string | null;
  /** Where the very first walk begins on a hub that nobody wants the whole of; later ones go on from the watermark. */
  readonly beginAt: string | null;
  readonly once: boolean;
  /** Sent to the hub and never shown. */
  readonly token: string | null;
}

export const PORT_DEFAULT = 4280;
const HOUR_MS = 3_600_000;

/** Environment variables that Stemma reads, as strings. */
export interface Env {
  readonly STEMMA_DATA?: string | undefined;
  readonly STEMMA_PORT?: string | undefined;
  readonly STEMMA_HOST?: string | undefined;
  readonly HF_TOKEN?: string | undefined;
}

/** Flags of the command line; they win over the environment. */
export interface Flags {
  readonly hub?: string;
  readonly data?: string;
  readonly port?: string;
  readonly author?: string;
  readonly since?: string;
  readonly once?: boolean;
}

export function readEnv(): Env {
  const { STEMMA_DATA, STEMMA_PORT, STEMMA_HOST, HF_TOKEN } = process.env;
  return { STEMMA_DATA, STEMMA_PORT, STEMMA_HOST, HF_TOKEN };
}

/** A typed configuration, or one {@link UsageError} that lists everything that is wrong. */
export function toConfig(flags: Flags, env: Env, now: Date): StemmaConfig {
  const problems: string[] = [];
  const check = <T>(value: T | null, problem: string): T | null => {
    if (value === null) problems.push(problem);
    return value;
  };
  const hub = check(
    hubOf(flags.hub ?? 'zoo'),
    `--hub is ${flags.hub}: expected zoo, huggingface, a URL or a folder (./models)`,
  );
  const portText = flags.port ?? env.STEMMA_PORT ?? String(PORT_DEFAULT);
  const port = check(portOf(portText), `the port (--port, STEMMA_PORT) is ${portText}: expected 0 to 65535`);
  const since =
    flags.since === undefined
      ? null
      : check(
          instantOf(flags.since),
          `--since is ${flags.since}: expected a time such as 2026-01-31T00:00:00Z`,
        );
  if (flags.author !== undefined && !/^[\w.-]{1,96}$/.test(flags.author))
    problems.push(`--author is ${flags.author}: expected a user or organisation`);
  if (hub === null || port === null || problems.length > 0) throw new UsageError(problems.join('\n'));
  return {
    hub,
    dataFolder: dataFolder(flags, env, hub),
    host: env.STEMMA_HOST ?? '127.0.0.1',
    port,
    author: flags.author ?? null,
    since,
    beginAt: since === null ? beginningOf(hub, flags, now) : null,
    once: flags.once ?? false,
    token: env.HF_TOKEN ?? null,
  };
}

/** One folder a hub, so that two hubs are never mixed up by accident. */
export function dataFolder(flags: Flags, env: Env, hub: HubChoice): string {
  const chosen = flags.data ?? env.STEMMA_DATA;
  return chosen === undefined ? join(homedir(), '.stemma', hubName(hub)) : resolve(chosen);
}

/** The name under which models of this hub are recorded. */
export function hubName(hub: HubChoice): string {
  if (hub.kind === 'zoo') return 'zoo';
  return hub.kind === 'url' ? hub.name : 'folder';
}

export function hubOf(text: string): HubChoice | null {
  if (/^[./~]/.test(text)) return { kind: 'folder', folder: resolve(text) };
  return parseHub(text);
}

/** Nobody wants the whole of a public hub by accident: without a wish, what was changed in the last hour is the beginning. */
function beginningOf(hub: HubChoice, flags: Flags, now: Date): string | null {
  const isWholePublicHub = hub.kind === 'url' && hub.url === HUGGING_FACE_URL && flags.author === undefined;
  return isWholePublicHub ? new Date(now.getTime() - HOUR_MS).toISOString() : null;
}

function portOf(text: string): number | null {
  const port = Number(text);
  return /^\d{1,5}$/.test(text) && port <= 65_535 ? port : null;
}

function instantOf(text: string): string | null {
  const time = Date.parse(text);
  return Number.isNaN(time) ? null : new Date(time).toISOString();
}
