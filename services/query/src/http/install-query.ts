import type { INestApplication } from '@nestjs/common';
import { openApi } from './openapi';

/** Adds what a Nest module cannot add by itself: `/openapi.json`. Call it before the application listens. */
export function installQuery(app: INestApplication): void {
  let text: string | undefined;
  app
    .getHttpAdapter()
    .get('/openapi.json', (_request: unknown, reply: { header(n: string, v: string): void }) => {
      reply.header('content-type', 'application/json; charset=utf-8');
      return (text ??= JSON.stringify(openApi(app), null, 2));
    });
}
