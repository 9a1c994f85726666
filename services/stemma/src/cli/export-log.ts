import { EmbeddedLog, topicSpecs, type Topic } from '@stemma/events';
import { stat } from 'node:fs/promises';
import { join } from 'node:path';
import pc from 'picocolors';
import { commonSettings, environment, openKafkaLog, readSettings } from '@stemma/service';
import { dataFolder, hubOf, readEnv } from '../config';
import { exportLog, type Exported } from '../export/export-log';
import { countLine } from './progress';
import type { ExportFlags } from './program';
import { terminal } from './terminal';
import { UsageError } from './usage-error';

/** `stemma export-log`: moves the log of a data folder to Kafka, where the services of their own go on with it. */
export async function exportToKafka(flags: ExportFlags): Promise<void> {
  const settings = readSettings(commonSettings(0), {
    ...environment(),
    ...(flags.brokers === undefined ? {} : { STEMMA_KAFKA_BROKERS: flags.brokers }),
    ...(flags.partitions === undefined ? {} : { STEMMA_PARTITIONS: String(flags.partitions) }),
  });
  const folder = await logFolderOf(flags);
  const from = await EmbeddedLog.open(folder);
  try {
    // What the client has to say is tried again, or comes out as an error.
    const to = await openKafkaLog(settings, 'export-log', () => undefined);
    try {
      await to.ensureTopics(topicSpecs(settings.partitions));
      report(await exportVisibly(from, to), settings.partitions, flags.json ?? false);
    } finally {
      await to.close();
    }
  } finally {
    await from.close();
  }
}

/** A folder that is not there would be made by opening it. */
async function logFolderOf({ data, hub = 'zoo' }: ExportFlags): Promise<string> {
  const choice = hubOf(hub);
  if (choice === null)
    throw new UsageError(`--hub is ${hub}: expected zoo, huggingface, a URL or a folder (./models)`);
  const folder = join(dataFolder(data === undefined ? {} : { data }, readEnv(), choice), 'log');
  const found = await stat(folder).catch(() => null);
  if (found?.isDirectory() === true) return folder;
  throw new UsageError(`There is no log in ${folder}: name the data folder of a Stemma with --data.`);
}

async function exportVisibly(from: EmbeddedLog, to: Parameters<typeof exportLog>[1]): Promise<Exported> {
  const line = countLine(process.stderr, 'copying');
  try {
    return await exportLog(from, to, (topic, done, total) => line.update(done, total, topic));
  } finally {
    line.stop();
  }
}

function report(exported: Exported, partitions: number, json: boolean): void {
  const out = terminal(json);
  if (json) return out.printJson({ partitions, topics: exported });
  const width = Math.max(...Object.keys(exported).map((topic) => topic.length));
  const row = ([topic, { read, written }]: [string, Exported[Topic]]): string =>
    `  ${topic.padEnd(width)}  ${String(read).padStart(9)} read  ${String(written).padStart(9)} written`;
  out.print(
    [
      `${pc.green('✓')} The log is in Kafka, in ${partitions} partitions.`,
      ...Object.entries(exported).map(row),
      pc.dim('Copy watermark.json to the data folder of the watcher, and start the services.'),
    ].join('\n'),
  );
}
