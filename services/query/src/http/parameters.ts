import { applyDecorators, type PipeTransform } from '@nestjs/common';
import { ApiQuery } from '@nestjs/swagger';
import { z } from 'zod';
import { PAGE_DEFAULT, PAGE_MAX } from './page-size';
import { badParameter } from './problem';

/** A whole number as a query string gives it: digits only, checked against its bounds before anything is allocated. */
export function wholeNumber(min: number, max: number) {
  const expected = `expected a whole number from ${min} to ${max}`;
  return z
    .string({ error: expected })
    .regex(/^\d{1,16}$/, expected)
    .transform(Number)
    .pipe(z.number().int(expected).min(min, expected).max(max, expected));
}

export function pageLimit(fallback = PAGE_DEFAULT) {
  return wholeNumber(1, PAGE_MAX).default(fallback).describe('Most entries of the page.');
}

export const cursorText = z
  .string({ error: 'expected one cursor' })
  .optional()
  .describe('Where to go on: `next` of the page before.');

/** The query string checked by a schema; an unknown parameter is refused, so that a typing error is not silently ignored. */
export class QueryPipe<S extends z.ZodObject> implements PipeTransform<unknown, z.output<S>> {
  constructor(
    private readonly schema: S,
    private readonly unknown: 'refuse' | 'ignore' = 'refuse',
  ) {}

  transform(query: unknown): z.output<S> {
    const schema = this.unknown === 'refuse' ? this.schema.strict() : this.schema;
    const parsed = schema.safeParse(query ?? {});
    if (parsed.success) return parsed.data as z.output<S>;
    const [issue] = parsed.error.issues;
    if (issue?.code === 'unrecognized_keys') throw this.#unknown(issue.keys[0] ?? '');
    const parameter = String(issue?.path[0] ?? 'query');
    throw badParameter(parameter, `${parameter}: ${issue?.message ?? 'not understood'}.`);
  }

  #unknown(parameter: string): Error {
    const known = Object.keys(this.schema.shape);
    const takes = known.length > 0 ? `takes ${known.join(', ')}` : 'takes no parameters';
    return badParameter(
      parameter,
      `There is no parameter ${JSON.stringify(parameter)}: this route ${takes}.`,
      known,
    );
  }
}

/** Describes a query schema to OpenAPI. */
export function AsksFor(schema: z.ZodObject): MethodDecorator {
  const described = Object.entries(schema.shape).map(([name, field]) => {
    const asked = bare(z.toJSONSchema(field) as Described);
    return ApiQuery({ name, required: false, ...asked });
  });
  return applyDecorators(...described);
}

function bare({ $schema: _schema, description = '', ...schema }: Described): {
  description: string;
  schema: object;
} {
  return { description, schema };
}

interface Described {
  readonly $schema?: string;
  readonly description?: string;
}
