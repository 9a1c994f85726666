import pc from 'picocolors';
import { readEnv, toConfig, type Flags, type StemmaConfig } from '../config';
import { listingOf } from '../run/listing-of';
import { openHub } from '../run/open-hub';
import { Pipeline } from '../run/pipeline';
import { serve } from '../run/serve';
import { printAncestors } from './ask';
import { progressLine } from './progress';
import { QueryClient, RefusedError } from './query-client';
import { followUntilCaughtUp } from './start';
import { terminal, type Terminal } from './terminal';
import { UsageError } from './usage-error';

const REPO = /^[\w-][\w.-]{0,95}\/[\w-][\w.-]{0,95}$/;
const isFolder = (target: string): boolean => /^[./~]/.test(target);

/** `stemma index`: brings single repositories, or a folder, into the index and says what they descend from. */
export async function indexModels(
  targets: readonly string[],
  flags: Flags & { json?: boolean },
): Promise<void> {
  const [folder] = targets.filter(isFolder);
  if (folder !== undefined && targets.length > 1)
    throw new UsageError('Index one folder, or repositories, at a time.');
  const unclear = targets.filter((target) => !isFolder(target) && !REPO.test(target));
  if (unclear.length > 0) {
    throw new UsageError(`${unclear.join(', ')}: expected org/name, or a folder that begins with ./ or /.`);
  }
  const config = toConfig(
    { ...flags, ...(folder === undefined ? {} : { hub: folder }), port: '0' },
    readEnv(),
    new Date(),
  );
  await indexOnce(config, folder === undefined ? targets : null, terminal(flags.json ?? false));
}

async function indexOnce(
  config: StemmaConfig,
  repos: readonly string[] | null,
  out: Terminal,
): Promise<void> {
  const missing = new Map<string, string>();
  const hub = await openHub(config);
  const listing =
    repos === null ? undefined : listingOf(repos, hub.client, (repo, detail) => missing.set(repo, detail));
  const pipeline = await Pipeline.open(config, hub, { listing });
  const stopping = new AbortController();
  const server = await serve(pipeline, config, () => stopping.abort());
  try {
    const running = pipeline.run(stopping.signal);
    const line = progressLine(process.stderr, () => performance.now());
    await Promise.race([
      followUntilCaughtUp(pipeline, server, stopping.signal, (progress) => line.update(progress)),
      running,
    ]);
    line.stop();
    const client = new QueryClient(server.url);
    for (const repo of repos ?? []) {
      if (!missing.has(repo)) await printAncestors(client, repo, out).catch(printRefusal);
    }
    if (repos === null) console.error(`${(await server.status()).models} models indexed.`);
    stopping.abort();
    await running;
    if (missing.size > 0) throw new RefusedError([...missing.values()].join('\n'), 404);
  } finally {
    stopping.abort();
    await server.close();
    await pipeline.close();
  }
}

function printRefusal(error: unknown): void {
  if (!(error instanceof RefusedError)) throw error;
  console.error(pc.yellow(error.message));
}
