import { Catch, Injectable, type ArgumentsHost, type ExceptionFilter } from '@nestjs/common';
import type { FastifyReply } from 'fastify';
import { ProblemError } from '../http/problem';
import { PAGE_HEADERS } from './layout';
import { problemPage } from './problem-page';

/** A problem for people: the pages answer with a page. */
@Injectable()
@Catch(ProblemError)
export class PageProblemFilter implements ExceptionFilter<ProblemError> {
  catch({ body, headers }: ProblemError, host: ArgumentsHost): void {
    const retryAfterS = headers['retry-after'];
    const reply = host.switchToHttp().getResponse<FastifyReply>();
    void reply.status(body.status).headers({ ...PAGE_HEADERS, ...headers, 'cache-control': 'no-store' });
    void reply.send(problemPage(body, retryAfterS === undefined ? undefined : Number(retryAfterS)));
  }
}
