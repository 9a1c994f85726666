import type { LoadReport, RemeasureReport } from '@stemma/indexer';
import type { Repair } from '@stemma/events';
import pc from 'picocolors';
import { dataFolder as dataFolderOf, readEnv, type StemmaConfig } from '../config';
import { openHub } from '../run/open-hub';
import { Pipeline } from '../run/pipeline';
import { serve, type Server } from '../run/serve';
import { bytes, progressLine, type Progress } from './progress';
import { announceServer, withdrawServer } from './server-address';
import { UsageError } from './usage-error';

const PROGRESS_INTERVAL_MS = 200;

/**
 * `stemma start`: runs the pipeline and serves it until Ctrl-C, or with `once` until all that the hub lists is done. What
 * is durable stays: the next start goes on from there.
 */
export async function start(config: StemmaConfig): Promise<void> {
  const stopping = new AbortController();
  const stop = (): void => stopping.abort();
  const failures: unknown[] = [];
  const fail = (error: unknown): void => {
    failures.push(error);
    stop();
  };
  process.once('SIGINT', stop).once('SIGTERM', stop);
  const pipeline = await Pipeline.open(config, await openHub(config), {
    onIndexLoaded: printLoaded,
    onRemeasured: printRemeasured,
    onLogRepaired: printRepair,
  });
  try {
    const server = await listen(pipeline, config, fail);
    try {
      const running = pipeline.run(stopping.signal, { onWait: printWait }).catch(fail);
      await accompany(pipeline, server, config, stopping.signal);
      if (config.once) stop();
      await running;
    } finally {
      await withdrawServer(config.dataFolder);
      await server.close();
    }
  } finally {
    await pipeline.close();
  }
  if (failures.length > 0) throw failures[0];
  console.error(pc.dim('Stopped. The next start goes on from here.'));
}

async function listen(
  pipeline: Pipeline,
  config: StemmaConfig,
  fail: (error: unknown) => void,
): Promise<Server> {
  const server = await serve(pipeline, config, fail).catch((cause: unknown) => {
    if ((cause as NodeJS.ErrnoException).code !== 'EADDRINUSE') throw cause;
    throw new UsageError(`Port ${config.port} is taken: name another with --port, or 0 for any free one.`, {
      cause,
    });
  });
  await announceServer(config.dataFolder, server.url);
  console.error(`${pc.bold('Stemma')} watches ${pipeline.hub.place}`);
  console.error(`Listening on ${pc.cyan(server.url)} · data in ${config.dataFolder}`);
  return server;
}

/** Shows progress until everything listed is done, then what there is to try; without `once` it stays until the stop. */
async function accompany(
  pipeline: Pipeline,
  server: Server,
  config: StemmaConfig,
  signal: AbortSignal,
): Promise<void> {
  const line = progressLine(process.stderr, () => performance.now());
  const finished = await followUntilCaughtUp(pipeline, server, signal, (progress) => line.update(progress));
  line.stop();
  if (!finished) return;
  await printSummary(server);
  if (config.once) return;
  printThingsToTry(server.url, config);
  await aborted(signal);
}

/** Resolves true when all that the hub lists is done and served, false when the signal came first. */
export async function followUntilCaughtUp(
  pipeline: Pipeline,
  server: Server,
  signal: AbortSignal,
  update: (progress: Progress) => void,
): Promise<boolean> {
  while (!signal.aborted) {
    const figures = await pipeline.figures();
    const status = await server.status();
    const { seen, indexed, pending, bytesRead, bytesPublished } = figures;
    const { rejected, trees } = status;
    update({ seen, read: Math.max(0, seen - pending), indexed, rejected, trees, bytesRead, bytesPublished });
    if (status.caughtUp) return true;
    await new Promise((resolve) => setTimeout(resolve, PROGRESS_INTERVAL_MS));
  }
  return false;
}

async function printSummary(server: Server): Promise<void> {
  const { models, trees, rejected, bytesRead, bytesPublished } = await server.status();
  const rejects = rejected === 0 ? '' : `, ${rejected} rejected (GET /v1/rejects says why)`;
  console.error(
    `${pc.green('✓')} ${models} models in ${trees} trees${rejects}; read ${bytes(bytesRead)} of ${bytes(bytesPublished)}`,
  );
}

/** The zoo has names worth trying; elsewhere the largest trees are the way in. */
function printThingsToTry(url: string, { hub, dataFolder }: StemmaConfig): void {
  const isZoo = hub.kind === 'zoo';
  const isDefaultFolder = dataFolder === dataFolderOf({}, readEnv(), hub);
  const flag = isDefaultFolder ? '' : ` --data ${dataFolder}`;
  const commands = isZoo
    ? [
        `npx stemma tree zoo-ft/mae-root${flag}`,
        `npx stemma ancestors zoo-ft/imagenet-lower-bold${flag}`,
        `open ${url}`,
      ]
    : [`npx stemma tree${flag}`, `npx stemma watch${flag}`, `open ${url}`];
  console.error(
    `\nTry, in another terminal:\n${commands.map((command) => `  ${pc.cyan(command)}`).join('\n')}\n`,
  );
  console.error(pc.dim('Ctrl-C stops.'));
}

function printLoaded({ from, models, ms, refused }: LoadReport): void {
  if (models === 0) return;
  const how = from === 'snapshot' ? 'loaded from its snapshot' : `built from the store (${refused?.detail})`;
  console.error(pc.dim(`Index of ${models} models ${how} in ${(ms / 1_000).toFixed(1)} s`));
}

function printRemeasured({ pairs, ms }: RemeasureReport): void {
  const took = `${(ms / 1_000).toFixed(1)} s`;
  console.error(
    pc.dim(`The method has changed since this index was made: ${pairs} pairs compared anew in ${took}`),
  );
}

function printRepair({ file, bytes: cut }: Repair): void {
  console.error(pc.yellow(`${file} ended in a write that was not finished: ${bytes(cut)} were cut off.`));
}

function printWait(who: string, error: Error, waitMs: number): void {
  console.error(
    pc.yellow(`\n${who}: ${sentence(error.message)} Trying again in ${Math.round(waitMs / 1000)} s.`),
  );
}

const sentence = (message: string): string => (message.endsWith('.') ? message : `${message}.`);

const aborted = (signal: AbortSignal): Promise<void> =>
  signal.aborted
    ? Promise.resolve()
    : new Promise((resolve) => signal.addEventListener('abort', () => resolve(), { once: true }));
