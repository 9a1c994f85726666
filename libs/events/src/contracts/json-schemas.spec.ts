import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { jsonSchemas } from './json-schemas';
import { TOPICS } from './topics';

const path = (name: string): string => join(__dirname, '../../schemas', name);

/** After a change of contract: UPDATE_SCHEMAS=1 npx jest libs/events, then prettier. */
describe('committed JSON Schemas', () => {
  if (process.env.UPDATE_SCHEMAS === '1') {
    for (const [name, schema] of jsonSchemas()) writeFileSync(path(name), JSON.stringify(schema, null, 2));
  }

  it('are those of the code', () => {
    const committed = TOPICS.map(
      (topic) => JSON.parse(readFileSync(path(`${topic}.json`), 'utf8')) as unknown,
    );
    expect(committed).toEqual([...jsonSchemas().values()]);
  });
});
