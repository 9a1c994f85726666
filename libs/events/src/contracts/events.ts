import { z } from 'zod';
import { architecture, bytes, claim, contentHash, hub, instant, repo, sha } from './fields';
import { CHANGED, DEAD, PUBLISHED, SKETCHED, type Topic } from './topics';

/**
 * A CloudEvent 1.0 in structured JSON mode whose `type` is its topic.
 * https://github.com/cloudevents/spec/blob/v1.0.2
 */
function cloudEvent<T extends Topic, D extends z.ZodType>(type: T, data: D) {
  return z.object({
    specversion: z.literal('1.0'),
    id: z.string().min(1).max(512),
    source: z.string().min(1).max(256),
    type: z.literal(type),
    subject: z.string().min(1).max(512),
    time: instant,
    datacontenttype: z.literal('application/json'),
    data,
  });
}

const file = z.object({ path: z.string().min(1).max(1024), size: bytes, hash: contentHash.nullable() });

/** A hub has a new revision of a repository, or (`deleted`) has it no longer. */
export const modelPublished = cloudEvent(
  PUBLISHED,
  z.object({
    hub,
    repo,
    sha,
    createdAt: instant,
    deleted: z.boolean(),
    files: z.array(file).max(10_000),
    claim: claim.nullable(),
  }),
);

/** For readers of the schema. */
const BASE64 = '^$|^(?:[0-9a-zA-Z+/]{4})*(?:(?:[0-9a-zA-Z+/]{2}==)|(?:[0-9a-zA-Z+/]{3}=))?$';

/** By decoding it: a regular expression takes longer than all the rest of an event. */
const isBase64 = (text: string): boolean => Buffer.from(text, 'base64').toString('base64') === text;

/**
 * One of three facts about a repository:
 * - its newest revision was read and sketched (base64 of the bytes of DESIGN 3.3);
 * - it is gone from its hub (`deleted`: no sketch, and no architecture where the sender does not know it);
 * - its newest revision is *indexed elsewhere* (no sketch, not deleted, the architecture of the new sketch): a notice to the
 *   partitions that do not hold that architecture, each of which may have an earlier revision to take leave of.
 */
export const modelSketched = cloudEvent(
  SKETCHED,
  z
    .object({
      hub,
      repo,
      sha,
      createdAt: instant,
      deleted: z.boolean(),
      architecture: architecture.nullable(),
      sketch: z
        .string()
        .min(4)
        .max(512 * 1024)
        .refine(isBase64, { error: 'expected base64' })
        .meta({ format: 'base64', contentEncoding: 'base64', pattern: BASE64 })
        .nullable(),
      claim: claim.nullable(),
      bytesRead: bytes,
      bytesPublished: bytes,
    })
    .refine((data) => !data.deleted || data.sketch === null, {
      path: ['sketch'],
      error: 'expected no sketch where deleted is true',
    })
    .refine((data) => data.deleted || data.architecture !== null, {
      path: ['architecture'],
      error: 'expected the architecture key of the sketch, here or elsewhere',
    }),
);

const evidence = z.object({
  kind: z.string().min(1).max(64),
  figure: z.number(),
  logOdds: z.number(),
  sentence: z.string().max(1024),
});

const probability = z.number().min(0).max(1);

/**
 * From this moment, this model's parent is that one. `seq` counts from 1 without a gap within a partition. Two partitions
 * tell of one model when its architecture has changed: then the one whose revision holds since later (`publishedAt`) counts.
 * The change holds from `validFrom` on and was found out at `time`. Feeds of before there were several partitions say neither
 * `publishedAt` nor `validFrom`; there the time stands for them.
 */
export const lineageChanged = cloudEvent(
  CHANGED,
  z
    .object({
      seq: z.number().int().positive(),
      kind: z.enum(['arrived', 'reparented', 'reassessed', 'deleted']),
      model: repo,
      revision: sha,
      publishedAt: instant.optional(),
      validFrom: instant.optional(),
      parent: z.object({ before: repo.nullable(), after: repo.nullable() }),
      relation: z.enum(['finetune', 'adapter', 'quantized', 'merge', 'duplicate', 'cast']).nullable(),
      verdict: z.enum(['root', 'asserted', 'uncertain', 'variant']),
      confidence: probability,
      evidence: z.array(evidence).max(64),
      runnersUp: z.array(z.object({ model: repo, confidence: probability })).max(64),
      architecture: architecture.nullable(),
      claim: claim.nullable(),
      cause: z.string().min(1).max(512),
      time: instant,
    })
    .transform(({ publishedAt, validFrom, ...data }) => ({
      ...data,
      publishedAt: publishedAt ?? data.time,
      validFrom: validFrom ?? data.time,
    })),
);

/** An event that a service could not use: where it stands in the log, its first characters, and why. */
export const deadLetter = cloudEvent(
  DEAD,
  z.object({
    event: z.object({
      topic: z.string().min(1).max(249),
      partition: z.number().int().nonnegative(),
      position: z.number().int().nonnegative(),
      key: z.string().max(1024),
      value: z.string().max(65_536),
    }),
    service: z.string().min(1).max(64),
    reason: z.string().min(1).max(64),
    detail: z.string().max(4096),
    chain: z.array(z.string().max(4096)).max(16),
  }),
);

export type ModelPublished = z.infer<typeof modelPublished>;
export type ModelSketched = z.infer<typeof modelSketched>;
export type LineageChanged = z.infer<typeof lineageChanged>;
export type DeadLetter = z.infer<typeof deadLetter>;
export type Evidence = z.infer<typeof evidence>;

export interface EventOf {
  [PUBLISHED]: ModelPublished;
  [SKETCHED]: ModelSketched;
  [CHANGED]: LineageChanged;
  [DEAD]: DeadLetter;
}

export type StemmaEvent = EventOf[Topic];

export const SCHEMAS: { readonly [T in Topic]: z.ZodType<EventOf[T]> } = {
  [PUBLISHED]: modelPublished,
  [SKETCHED]: modelSketched,
  [CHANGED]: lineageChanged,
  [DEAD]: deadLetter,
};
