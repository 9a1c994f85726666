import './crash-points.testing';
import { HubClient } from '@stemma/hub';
import { Pipeline } from '../src/run/pipeline';

/**
 * The arrow line on a data folder until all that a hub lists is indexed and published, then ends with 0: what `stemma start
 * --once` does, without serving it. Every event is a transaction of its own, so that what is announced, and in which order,
 * is a function of what the hub lists, however often the process is killed. With STEMMA_WATCH it never ends by itself.
 */
const [, , hubUrl = '', dataFolder = ''] = process.argv;
const endsByItself = process.env.STEMMA_WATCH === undefined;

async function main(): Promise<void> {
  const client = new HubClient({ url: hubUrl, attemptsMax: 2, backoffMs: 1 });
  const hub = { name: 'test', place: hubUrl, client, modelUrl: null, close: async () => undefined };
  const config = {
    hub: { kind: 'url', name: 'test', url: hubUrl },
    dataFolder,
    author: null,
    since: null,
  } as const;
  const pipeline = await Pipeline.open(config, hub, {
    indexer: { batchEventsMax: 1, snapshotBatches: 3 },
    maintainIntervalMs: 100,
    watch: { pollIntervalMs: 50 },
  });
  const stopping = new AbortController();
  const running = pipeline.run(stopping.signal);
  process.stdout.write('running\n');
  const caughtUp = async (): Promise<void> => {
    while (!endsByItself || !(await pipeline.figures()).caughtUp)
      await new Promise((resolve) => setTimeout(resolve, 5));
  };
  await Promise.race([running, caughtUp()]);
  stopping.abort();
  await running;
  await pipeline.close();
}

void main();
