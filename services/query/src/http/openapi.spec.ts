import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { OpenAPIObject } from '@nestjs/swagger';
import { EXAMPLES, PROBLEMS } from '../api/examples';
import { SCHEMAS } from '../api/schemas';
import { startQuery } from '../query-service.testing';

const COMMITTED = join(__dirname, '../../openapi.json');

describe('the OpenAPI document', () => {
  let text: string;
  let document: OpenAPIObject;
  beforeAll(async () => {
    const query = await startQuery();
    text = `${await (await query.get('/openapi.json')).text()}\n`;
    document = JSON.parse(text) as OpenAPIObject;
    await query.close();
  });

  it('is the committed one (UPDATE_OPENAPI=1 writes it)', async () => {
    if (process.env.UPDATE_OPENAPI === '1') await writeFile(COMMITTED, text);
    expect(JSON.parse(await readFile(COMMITTED, 'utf8'))).toEqual(document);
  });

  it('has every route, each with a summary, an example and its problems', () => {
    expect(document.openapi).toBe('3.1.0');
    expect(Object.keys(document.paths).sort()).toEqual([
      '/healthz',
      '/readyz',
      '/v1/changes',
      '/v1/changes/stream',
      '/v1/claims',
      '/v1/models',
      '/v1/models/{org}/{name}',
      '/v1/models/{org}/{name}/ancestors',
      '/v1/models/{org}/{name}/descendants',
      '/v1/models/{org}/{name}/tree',
      '/v1/rejects',
      '/v1/status',
      '/v1/trees',
      '/v1/trees/{org}/{name}',
    ]);
    for (const [path, { get }] of Object.entries(document.paths)) {
      expect(get?.summary).toBeTruthy();
      const [answer] = Object.values(
        (get!.responses['200'] as { content: Record<string, { example?: unknown }> }).content,
      );
      expect(answer?.example).toBeDefined();
      const statuses = Object.keys(get!.responses);
      expect(statuses).toEqual(
        expect.arrayContaining(path.includes('{org}') ? ['400', '404', '503'] : ['400', '503']),
      );
    }
  });

  it('names every operation once', () => {
    const ids = Object.values(document.paths).map(({ get }) => get?.operationId);
    expect(new Set(ids).size).toBe(ids.length);
  });

  it('refers only to schemas that it has', () => {
    const refs = [...text.matchAll(/"\$ref": "#\/components\/schemas\/(\w+)"/g)].map(([, name]) => name);
    const known = Object.keys(document.components?.schemas ?? {});
    expect(new Set(refs)).toEqual(new Set([...refs].filter((name) => known.includes(name!))));
    expect(refs).toContain('Ancestors');
  });

  it.each(Object.keys(SCHEMAS) as (keyof typeof SCHEMAS)[])(
    'shows an example of %s that fits its schema',
    (name) => {
      expect(SCHEMAS[name].strict().parse(EXAMPLES[name])).toEqual(EXAMPLES[name]);
    },
  );

  it.each(Object.entries(PROBLEMS))('shows an example of problem %s that fits', (_status, example) => {
    expect(SCHEMAS.Problem.strict().parse(example)).toEqual(example);
  });
});
