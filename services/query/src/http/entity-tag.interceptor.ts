import {
  Inject,
  Injectable,
  type CallHandler,
  type ExecutionContext,
  type NestInterceptor,
} from '@nestjs/common';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { of, type Observable } from 'rxjs';
import { placeText } from '../read-model/feed-place';
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

/**
 * How far the model has read every partition, the time of the last change (the same place in another log has another time),
 * and the number of dead letters.
 */
export function entityTag({ state, history, rejects }: ReadModel): string {
  const time = state.time === '' ? 0 : Date.parse(state.time);
  // Lists of tags are split at commas.
  const read = placeText(history.end).replaceAll(',', '.');
  return `W/"${read}-${rejects.letters}-${time.toString(36)}"`;
}

/** Weak comparison (RFC 9110, 13.1.2). */
export function matches(ifNoneMatch: string | undefined, tag: string): boolean {
  if (ifNoneMatch === undefined) return false;
  const opaque = (text: string): string => text.trim().replace(/^W\//, '');
  return ifNoneMatch
    .split(',')
    .some((candidate) => candidate.trim() === '*' || opaque(candidate) === opaque(tag));
}
