import { HttpException } from '@nestjs/common';

/** RFC 9457. `detail` says what the caller can do. */
export interface ProblemBody {
  readonly type: string;
  readonly title: string;
  readonly status: number;
  readonly detail: string;
  readonly [extension: string]: unknown;
}

export const PROBLEM_JSON = 'application/problem+json';

/** The caller's mistake, or "not now": thrown by a route, turned into problem+json by `ProblemFilter`. */
export class ProblemError extends HttpException {
  override readonly name = 'ProblemError';

  constructor(
    readonly body: ProblemBody,
    readonly headers: Readonly<Record<string, string>> = {},
  ) {
    super(body, body.status);
  }
}

export function problemBody(
  kind: string,
  status: number,
  title: string,
  detail: string,
  more: object = {},
): ProblemBody {
  return { type: `urn:stemma:problem:${kind}`, title, status, detail, ...more };
}

export function badParameter(parameter: string, detail: string, allowed?: readonly string[]): ProblemError {
  const more = { parameter, ...(allowed && { allowed }) };
  return new ProblemError(problemBody('bad-parameter', 400, `Bad parameter ${parameter}`, detail, more));
}

export function badCursor(detail: string): ProblemError {
  return new ProblemError(
    problemBody('bad-cursor', 400, 'Bad cursor', `${detail} Begin again without a cursor.`, {
      parameter: 'cursor',
    }),
  );
}

export function notYet(detail: string, retryAfterS: number): ProblemError {
  return new ProblemError(problemBody('not-now', 503, 'Not now', detail), {
    'retry-after': String(retryAfterS),
  });
}

export function unknownModel(model: string, suggestions: readonly string[], rejected?: object): ProblemError {
  const hint =
    suggestions.length > 0
      ? `Did you mean ${suggestions.join(' or ')}?`
      : 'Names are case-sensitive; GET /v1/models?search= finds models by a part of their name.';
  const detail = `No model ${model} is in the index. ${hint}`;
  return new ProblemError(
    problemBody('unknown-model', 404, 'Unknown model', detail, { suggestions, ...rejected }),
  );
}
