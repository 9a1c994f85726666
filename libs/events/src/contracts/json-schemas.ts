import { z } from 'zod';
import { SCHEMAS } from './events';
import { TOPICS } from './topics';

/**
 * One JSON Schema (2020-12) a topic, as committed under `schemas/`; rules over several fields are checked by
 * the code only.
 */
export function jsonSchemas(): Map<string, object> {
  return new Map(
    TOPICS.map((topic) => [
      `${topic}.json`,
      { $id: `${topic}.json`, title: topic, ...z.toJSONSchema(SCHEMAS[topic], { io: 'input' }) },
    ]),
  );
}
