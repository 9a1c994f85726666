import { hub, integer } from '@stemma/service';

/** What the query side as a process of its own reads from its environment, beside what every service does. */
export const QUERY_SETTINGS = {
  port: integer('STEMMA_PORT', { min: 0, max: 65_535, fallback: 4280 }),
  /** Only for links from the pages to the models' own. */
  hub: hub('STEMMA_HUB', { fallback: null }),
};
