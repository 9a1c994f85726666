import type { INestApplication } from '@nestjs/common';
import { DocumentBuilder, SwaggerModule, type OpenAPIObject } from '@nestjs/swagger';
import { z } from 'zod';
import { SCHEMAS } from '../api/schemas';
import { QueryModule } from '../query.module';

const DESCRIPTION =
  'The family tree of a model hub, recovered from the weights alone and kept up to date. Errors are problem+json (RFC 9457) ' +
  'and say what to do. Reads carry a weak ETag. Pages go on with `cursor` while `next` is not null. The OpenAPI document is ' +
  'generated from the code.';

/** The document of the query routes; the same for every mounting. */
export function openApi(app: INestApplication): OpenAPIObject {
  const config = new DocumentBuilder()
    .setOpenAPIVersion('3.1.0')
    .setTitle('Stemma')
    .setDescription(DESCRIPTION)
    .setVersion('1')
    .setLicense('Apache-2.0', 'https://www.apache.org/licenses/LICENSE-2.0')
    .build();
  const document = SwaggerModule.createDocument(app, config, {
    include: [QueryModule],
    operationIdFactory: (_controller, method) => method,
  });
  const { openapi, info, paths, components, ...rest } = document;
  return { openapi, info, paths, components: { ...components, schemas: componentSchemas() }, ...rest };
}

/** OpenAPI 3.1 takes JSON Schema as it is. Written as `input`, schemas allow for fields that a later version adds. */
function componentSchemas(): NonNullable<NonNullable<OpenAPIObject['components']>['schemas']> {
  const registry = z.registry<{ id: string }>();
  for (const [id, schema] of Object.entries(SCHEMAS)) registry.add(schema, { id });
  const { schemas } = z.toJSONSchema(registry, { uri: (id) => `#/components/schemas/${id}`, io: 'input' });
  const bare = Object.entries(schemas).map(([id, { $id: _id, $schema: _schema, ...schema }]) => [id, schema]);
  return Object.fromEntries(bare) as ReturnType<typeof componentSchemas>;
}
