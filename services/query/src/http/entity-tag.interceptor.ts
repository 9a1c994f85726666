import {
  Inject,
  Injectable,
  type CallHandler,
  type ExecutionContext,
  type NestInterceptor,
} from '@nestjs/common';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { of, type Observable } from 'rxjs';
import { ReadModel } from '../read-model/read-model';

/** A weak ETag that names the state, and 304 where the caller has it. `no-cache` makes caches ask each time. */
@Injectable()
export class EntityTagInterceptor implements NestInterceptor {
  constructor(@Inject(ReadModel) private readonly model: ReadModel) {}

  intercept(context: ExecutionContext, next: CallHandler): Observable<unknown> {
    const request = context.switchToHttp().getRequest<FastifyRequest>();
    const reply = context.switchToHttp().getResponse<FastifyReply>();
    const tag = entityTag(this.model);
    void reply.header('etag', tag).header('cache-control', 'no-cache');
    if (!matches(request.headers['if-none-match'], tag)) return next.handle();
    void reply.status(304);
    return of(undefined);
  }
}

/** Seq and time of the last change (the same seq of another log has another time), and the number of dead letters. */
export function entityTag({ state, rejects }: ReadModel): string {
  const time = state.time === '' ? 0 : Date.parse(state.time);
  return `W/"${state.seq}-${rejects.letters}-${time.toString(36)}"`;
}

/** Weak comparison (RFC 9110, 13.1.2). */
export function matches(ifNoneMatch: string | undefined, tag: string): boolean {
  if (ifNoneMatch === undefined) return false;
  const opaque = (text: string): string => text.trim().replace(/^W\//, '');
  return ifNoneMatch
    .split(',')
    .some((candidate) => candidate.trim() === '*' || opaque(candidate) === opaque(tag));
}
