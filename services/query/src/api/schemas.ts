import { z } from 'zod';
import { CLAIM_VERDICTS } from '../read-model/claim-verdict';
import { STATES } from '../read-model/lineage-state';

/**
 * What the API answers with, once: the TypeScript types, the schemas of the OpenAPI document and what the tests check
 * replies against all come from here.
 */
const name = z
  .string()
  .describe('Repository on the hub: `org/name`.')
  .meta({ examples: ['zoo-ft/imagenet-lower-bold'] });
const seq = z.number().int().nonnegative();
const partition = seq.describe('Partition of the log that told so; each numbers its changes from 1.');
const feedCursor = z
  .string()
  .regex(/^\d+(,\d+)*$/)
  .meta({ examples: ['402', '402,13,0'] });
const next = z
  .string()
  .nullable()
  .describe('Cursor of the next page, null at the end. A page may be short, so go on until it is null.');
const probability = z.number().min(0).max(1);
const count = z.number().int().nonnegative();

export const evidence = z
  .object({
    kind: z.string().meta({ examples: ['growth'] }),
    figure: z.number().describe('The measured figure itself.'),
    logOdds: z.number().describe('What it says about this edge, in nats; positive is in favour.'),
    sentence: z.string().describe('The same for people.'),
  })
  .describe('One reason for or against an edge.');

const relation = z
  .enum(['finetune', 'adapter', 'quantized', 'merge', 'duplicate', 'cast'])
  .nullable()
  .describe('How the child came from its parent; null where there is no parent or the weights do not tell.');

const edge = {
  relation,
  verdict: z
    .enum(['root', 'asserted', 'uncertain', 'variant'])
    .describe(
      '`uncertain`: look at the runners-up; `variant`: kin, but the common ancestor is not in the index.',
    ),
  confidence: probability.describe('Probability of this parent among all trees.'),
};

const state = z
  .enum(STATES)
  .describe('`deleted`: gone from the hub, kept because living models descend from it.');

export const model = z.object({
  model: name,
  state,
  parent: name.nullable(),
  ...edge,
  architecture: z
    .string()
    .nullable()
    .describe('Key of the shapes; only models of one architecture are compared.'),
});

export const modelDetail = model.extend({
  revision: z.string().describe('The commit that was read.'),
  root: name.describe('The topmost ancestor; the model itself where it has no parent.'),
  children: count,
  descendants: count.describe('Living models below.'),
  evidence: z.array(evidence),
  runnersUp: z
    .array(z.object({ model: name, confidence: probability }))
    .describe('Other parents that were considered.'),
  claim: z
    .object({
      baseModels: z.array(z.string()),
      relation: z.string().nullable(),
      verdict: z.enum(CLAIM_VERDICTS),
    })
    .describe(
      'What the card declares, held against the recovered tree. Weights-only: it never influences the tree.',
    ),
  partition,
  seq: seq.describe('The change that said this last.'),
  time: z.string().describe('When that was.'),
});

export const ancestors = z.object({
  model: name,
  ancestors: z
    .array(z.object({ model: name, state, ...edge, evidence: z.array(evidence) }))
    .describe(
      'Nearest first. Relation, confidence and evidence belong to the edge from the model before it in this list.',
    ),
  next,
});

const member = model
  .omit({ architecture: true })
  .extend({ depth: count.describe('Steps from the model asked for.') });

export const descendants = z.object({
  model: name,
  descendants: z.array(member).describe('Each model followed by its own descendants, siblings by name.'),
  next,
});

export const drawing = z.object({
  model: name,
  root: name,
  whole: z.boolean().describe('Whether this is the whole tree.'),
  models: z
    .array(member.extend({ hidden: count.describe('Children that are not in this drawing.') }))
    .describe('The models nearest to the one asked for, ancestors always; depth counts from the first one.'),
});

export const trees = z.object({
  trees: z.array(z.object({ root: name, state, models: count, architecture: z.string().nullable() })),
  total: count.describe('Trees in the index, those of one model included.'),
  next,
});

export const tree = z.object({
  root: name,
  models: count.describe('Living models of the tree.'),
  members: z.array(member),
  next,
});

export const claims = z.object({
  claims: z.array(
    z.object({
      model: name,
      declared: z.array(z.string()),
      declaredRelation: z.string().nullable(),
      parent: name.nullable().describe('The recovered parent.'),
      confidence: probability,
      verdict: z.enum(CLAIM_VERDICTS),
    }),
  ),
  next,
});

export const change = z.object({
  partition,
  seq: z.number().int().positive(),
  kind: z.enum(['arrived', 'reparented', 'reassessed', 'deleted']),
  model: name,
  revision: z.string(),
  publishedAt: z.string().describe('Since when that revision holds.'),
  validFrom: z.string().describe('From when on it has been so; `time` is when that was found out.'),
  parent: z.object({ before: name.nullable(), after: name.nullable() }),
  ...edge,
  evidence: z.array(evidence),
  runnersUp: z.array(z.object({ model: name, confidence: probability })),
  architecture: z.string().nullable(),
  claim: z.object({ baseModels: z.array(z.string()), relation: z.string().nullable() }).nullable(),
  cause: z.string().describe('Id of the event that led to it.'),
  time: z.string(),
});

export const changes = z.object({
  changes: z
    .array(change)
    .describe(
      'Folding all of them from 0 (model → parent.after) gives the forest. Where two partitions tell of one model, the one ' +
        'with the later `publishedAt` counts, and at the same one a model that is not deleted.',
    ),
  next: z
    .union([seq, feedCursor])
    .describe(
      '`after` of the next page, to be given back as it is: the last seq of this page, or `after` itself where it is empty. ' +
        'Where the log has several partitions: a text with the last seq of each.',
    ),
});

export const rejects = z.object({
  rejects: z.array(
    z.object({
      model: z.string(),
      reason: z.string().meta({ examples: ['no-weights'] }),
      detail: z.string(),
      service: z.string(),
      event: z.string().describe('topic/partition/position of the refused event'),
      time: z.string(),
    }),
  ),
  counts: z.record(z.string(), count).describe('All rejects by reason.'),
  total: count,
  next,
});

export const status = z.object({
  models: count.describe('Living models in the index.'),
  trees: count,
  pending: count.describe('Models that the hub lists and that are not done yet.'),
  rejected: count,
  bytesRead: count,
  bytesPublished: count.describe('Size of the weight files that those bytes stand for.'),
  seq: seq.describe('Changes so far, over all partitions; with one partition the seq of the newest.'),
  cursor: feedCursor.describe('`after` for whoever wants the changes from now on.'),
  caughtUp: z.boolean().describe('Everything that the hub lists is done and shown here.'),
});

export const models = z.object({ models: z.array(model), next });

export const problem = z.object({
  type: z.string(),
  title: z.string(),
  status: z.number().int(),
  detail: z.string().describe('What is the matter and what to do about it.'),
  instance: z.string().optional(),
  parameter: z.string().optional(),
  suggestions: z.array(z.string()).optional(),
});

export const health = z.object({ status: z.literal('ok'), seq: seq.describe('Changes so far.') });

export type Models = z.infer<typeof models>;
export type Evidence = z.infer<typeof evidence>;
export type Change = z.infer<typeof change>;
export type Changes = z.infer<typeof changes>;
export type Problem = z.infer<typeof problem>;
export type Model = z.infer<typeof model>;
export type ModelDetail = z.infer<typeof modelDetail>;
export type Ancestors = z.infer<typeof ancestors>;
export type Descendants = z.infer<typeof descendants>;
export type Member = z.infer<typeof member>;
export type Drawing = z.infer<typeof drawing>;
export type DrawnMember = Drawing['models'][number];
export type Trees = z.infer<typeof trees>;
export type Tree = z.infer<typeof tree>;
export type Claims = z.infer<typeof claims>;
export type Rejects = z.infer<typeof rejects>;
export type Status = z.infer<typeof status>;
export type Health = z.infer<typeof health>;

/** The answers by their name in the OpenAPI document. */
export const SCHEMAS = {
  Status: status,
  Models: models,
  ModelDetail: modelDetail,
  Ancestors: ancestors,
  Descendants: descendants,
  Drawing: drawing,
  Trees: trees,
  Tree: tree,
  Claims: claims,
  Change: change,
  Changes: changes,
  Rejects: rejects,
  Health: health,
  Problem: problem,
} as const;
