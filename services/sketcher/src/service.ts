import {
  openObservedHub,
  type OpenService,
  type ServiceContext,
  type ServiceDefinition,
} from '@stemma/service';
import { SKETCHER_DEFAULTS } from './config';
import { SKETCHER_SETTINGS } from './settings';
import { Sketcher } from './sketcher';

/** The sketcher as a process of its own; there may be as many as there are partitions. */
export const sketcherService: ServiceDefinition<typeof SKETCHER_SETTINGS> = {
  name: 'sketcher',
  settings: SKETCHER_SETTINGS,
  healthPort: 4282,
  tracedReads: 'all',
  open: openSketcher,
};

async function openSketcher({
  settings,
  log,
  registry,
  notes,
  follow,
}: ServiceContext<typeof SKETCHER_SETTINGS>): Promise<OpenService> {
  const hub = await openObservedHub(settings, registry);
  const { readBytesMax, modelsAtOnceMax } = settings;
  const config = { ...SKETCHER_DEFAULTS, readBytesMax, modelsAtOnceMax };
  const sketcher = new Sketcher({ config, hub: hub.client, log, now: () => new Date() });
  notes('info', 'sketching', { hub: hub.place });
  return {
    unready: () => [],
    run: (signal) => follow('sketcher', () => sketcher.start(), signal),
    close: () => hub.close(),
  };
}
