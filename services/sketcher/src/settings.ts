import { hubSettings, integer } from '@stemma/service';
import { SKETCHER_DEFAULTS } from './config';

/** What the sketcher as a process of its own reads from its environment, beside what every service does. */
export const SKETCHER_SETTINGS = {
  ...hubSettings,
  /** Most bytes read of one model. */
  readBytesMax: integer('STEMMA_READ_BYTES', {
    min: 1 << 16,
    max: 1 << 30,
    fallback: SKETCHER_DEFAULTS.readBytesMax,
  }),
  modelsAtOnceMax: integer('STEMMA_MODELS_AT_ONCE', {
    min: 1,
    max: 64,
    fallback: SKETCHER_DEFAULTS.modelsAtOnceMax,
  }),
};
