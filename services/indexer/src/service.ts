import { mkdir } from 'node:fs/promises';
import {
  IndexMetrics,
  maintain,
  type OpenService,
  type ServiceContext,
  type ServiceDefinition,
} from '@stemma/service';
import { Indexer } from './indexer';
import { INDEXER_SETTINGS } from './settings';

/** The indexer as a process of its own; there may be as many as there are partitions. */
export const indexerService: ServiceDefinition<typeof INDEXER_SETTINGS> = {
  name: 'indexer',
  settings: INDEXER_SETTINGS,
  healthPort: 4283,
  tracedReads: 'all',
  open: openIndexer,
};

async function openIndexer({
  settings,
  log,
  registry,
  notes,
  follow,
}: ServiceContext<typeof INDEXER_SETTINGS>): Promise<OpenService> {
  await mkdir(settings.dataFolder, { recursive: true });
  const metrics = new IndexMetrics(registry);
  const indexer = await Indexer.open({
    store: { folder: settings.dataFolder },
    config: { comparersMax: settings.comparersMax },
    log,
    now: () => new Date(),
    onLoaded({ from, models, ms, refused }) {
      metrics.loaded(from, ms);
      const why = refused === null ? {} : { why: refused.detail };
      notes('info', 'loaded a partition', { from, models, ms: Math.round(ms), ...why });
    },
    onRemeasured({ pairs, ms }) {
      notes('info', 'the method has changed: compared all pairs anew', { pairs, ms: Math.round(ms) });
    },
    onSnapshotFailed({ message }) {
      metrics.snapshotFailed();
      notes('warning', 'no snapshot could be written: the next start is slower', { reason: message });
    },
    onOvertaken(partition) {
      metrics.overtaken();
      notes('warning', 'another indexer has gone on without this one: indexed anew', { partition });
    },
    onIndexed: (_, indexed, ms) => metrics.indexed(indexed, ms),
  });
  metrics.indexer = indexer;
  return {
    unready: () =>
      indexer.isReady || indexer.partitions.length === 0 ? [] : ['a partition is being loaded'],
    async run(signal) {
      const chores = [() => indexer.compactSketches()];
      await Promise.all([follow('indexer', () => indexer.start(), signal), maintain(chores, signal)]);
    },
    close: () => indexer.close(),
  };
}
