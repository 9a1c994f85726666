import { readEnv, toConfig, type Flags, type StemmaConfig } from '../config';
import { listingOf } from '../run/listing-of';
import { openHub } from '../run/open-hub';
import { Pipeline } from '../run/pipeline';
import { serve } from '../run/serve';
import { modelsIn } from '../folder/models-in';
import { printAncestors } from './ask';
import { counted, renderLeftOut } from './notes';
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
  if (config.hub.kind === 'folder') await modelsIn(config.hub.folder);
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
    const refusals =
      repos === null ? await printFolder(client, out) : await printRepos(client, repos, missing, out);
    stopping.abort();
    await running;
    if (refusals.length > 0) throw new RefusedError(refusals.join('\n'), 404);
  } finally {
    stopping.abort();
    await server.close();
    await pipeline.close();
  }
}

/** What each repository descends from. Returns why some are not in the index, in words. */
async function printRepos(
  client: QueryClient,
  repos: readonly string[],
  missing: ReadonlyMap<string, string>,
  out: Terminal,
): Promise<string[]> {
  const refusals: string[] = [];
  for (const repo of repos) {
    const refusal =
      missing.get(repo) ??
      (await printAncestors(client, repo, out).catch((error: unknown) => {
        if (error instanceof RefusedError) return error.message;
        throw error;
      }));
    if (typeof refusal === 'string') refusals.push(refusal);
  }
  return refusals;
}

/** How much of a folder is in the index, and why the rest is not. Returns a refusal where nothing is. */
async function printFolder(client: QueryClient, out: Terminal): Promise<string[]> {
  const { models } = await client.status();
  const { rejects, total } = await client.rejects();
  const leftOut = rejects
    .map(({ model, reason, detail }) => ({ model, reason, detail }))
    .sort((a, b) => (a.model < b.model ? -1 : 1));
  if (out.json) out.printJson({ models, leftOut });
  else {
    out.print(`${counted(models, 'model')} indexed${total === 0 ? '' : `, ${total} left out`}.`);
    renderLeftOut(leftOut, out.columnsMax, total).forEach((line) => out.print(line));
  }
  return models === 0 ? ['None of the models could be read.'] : [];
}
