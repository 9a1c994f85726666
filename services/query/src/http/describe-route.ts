import { applyDecorators } from '@nestjs/common';
import { ApiOperation, ApiParam, ApiResponse } from '@nestjs/swagger';
import { EXAMPLES, PROBLEMS, type SchemaName } from '../api/examples';
import { PROBLEM_JSON } from './problem';

export interface ModelPath {
  readonly org: string;
  readonly name: string;
}

export interface RouteDescription {
  readonly summary: string;
  readonly description?: string;
  /** Name of the answer's schema in `components`. */
  readonly answer: SchemaName;
  /** Whether the path names a model. */
  readonly ofModel?: boolean;
  /** Whether the answer is a stream of server-sent events with `answer` as their data. */
  readonly streamed?: boolean;
}

/** OpenAPI of one GET route: what it answers, with an example, and the problems that it can answer with. */
export function Describe(route: RouteDescription): MethodDecorator {
  const { summary, description, answer, ofModel = false, streamed = false } = route;
  const content = streamed ? eventStream(answer) : json(answer);
  return applyDecorators(
    ApiOperation({ summary, ...(description && { description }) }),
    ApiResponse({ status: 200, description: summary, content }),
    ...problem(400, 'A parameter or cursor that is not understood; `detail` says what is.'),
    ...problem(
      503,
      'The read model is being rebuilt, or too many callers wait: ask again after `Retry-After` seconds.',
    ),
    ...(ofModel ? modelInPath() : []),
  );
}

type Content = Record<
  string,
  { schema: { $ref: string } | { type: 'string'; description: string }; example: unknown }
>;

function json(answer: SchemaName): Content {
  return { 'application/json': { schema: { $ref: reference(answer) }, example: EXAMPLES[answer] } };
}

function eventStream(answer: SchemaName): Content {
  const description = `Server-sent events; the data of each is a ${reference(answer)}.`;
  const example = `event: change\nid: ${EXAMPLES.Change.seq}\ndata: ${JSON.stringify(EXAMPLES[answer])}\n\n`;
  return { 'text/event-stream': { schema: { type: 'string', description }, example } };
}

function reference(schema: SchemaName): string {
  return `#/components/schemas/${schema}`;
}

function modelInPath(): MethodDecorator[] {
  return [
    ApiParam({ name: 'org', example: 'zoo-ft', schema: { type: 'string' } }),
    ApiParam({ name: 'name', example: 'imagenet-lower-bold', schema: { type: 'string' } }),
    ...problem(404, 'No such model in the index; `suggestions` has up to three similar names.'),
  ];
}

function problem(status: number, description: string): MethodDecorator[] {
  const schema = { $ref: reference('Problem') };
  return [
    ApiResponse({ status, description, content: { [PROBLEM_JSON]: { schema, example: PROBLEMS[status] } } }),
  ];
}
