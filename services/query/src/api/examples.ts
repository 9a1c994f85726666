import type {
  Ancestors,
  Change,
  Changes,
  Claims,
  Descendants,
  Drawing,
  Evidence,
  Health,
  ModelDetail,
  Models,
  Problem,
  Rejects,
  Status,
  Tree,
  Trees,
} from './schemas';

/** One small family, as every route shows it: a root, its fine-tune, and the fine-tune's adapter. */
const ROOT = 'zoo-ft/mae';
const CHILD = 'zoo-ft/mae-lower';
const GRANDCHILD = 'zoo-ft/imagenet-lower-bold';
const ARCHITECTURE = '3f0c0a6e5d0c4b7f9b1de1c1f8a7b1f9a6b0f4a2c1d3e5f708192a3b4c5d6e7f';
const TIME = '2026-05-04T12:00:00.000Z';

const growth: Evidence = {
  kind: 'growth',
  figure: 41.2,
  logOdds: 16.3,
  sentence:
    'Rows that turned more have grown more in imagenet-lower-bold, as they do in the trained one of two models.',
};
const up = { relation: 'finetune', verdict: 'asserted', confidence: 0.98 } as const;
const none = { relation: null, verdict: 'root', confidence: 0.99 } as const;

const grandchild = { model: GRANDCHILD, state: 'live', parent: CHILD, ...up } as const;
const child = { model: CHILD, state: 'live', parent: ROOT, ...up } as const;
const root = { model: ROOT, state: 'live', parent: null, ...none } as const;

const models: Models = {
  models: [{ ...grandchild, architecture: ARCHITECTURE }],
  next: 'WyJtb2RlbHMiLDQyXQ',
};

const modelDetail: ModelDetail = {
  ...grandchild,
  architecture: ARCHITECTURE,
  revision: '7b1f9a6b0f4a2c1d3e5f708192a3b4c5d6e7f001',
  root: ROOT,
  children: 2,
  descendants: 5,
  evidence: [growth],
  runnersUp: [{ model: ROOT, confidence: 0.02 }],
  claim: { baseModels: [ROOT], relation: 'finetune', verdict: 'ancestor' },
  partition: 0,
  seq: 57,
  time: TIME,
};

const ancestors: Ancestors = {
  model: GRANDCHILD,
  ancestors: [
    { model: CHILD, state: 'live', ...up, evidence: [growth] },
    { model: ROOT, state: 'live', ...up, evidence: [growth] },
  ],
  next: null,
};

const descendants: Descendants = {
  model: ROOT,
  descendants: [
    { ...child, depth: 1 },
    { ...grandchild, depth: 2 },
  ],
  next: null,
};

const drawing: Drawing = {
  model: CHILD,
  root: ROOT,
  whole: true,
  models: [
    { ...root, depth: 0, hidden: 0 },
    { ...child, depth: 1, hidden: 0 },
    { ...grandchild, depth: 2, hidden: 0 },
  ],
};

const trees: Trees = {
  trees: [{ root: ROOT, state: 'live', models: 21, architecture: ARCHITECTURE }],
  total: 15,
  next: null,
};

const tree: Tree = {
  root: ROOT,
  models: 3,
  members: [{ ...root, depth: 0 }, ...descendants.descendants],
  next: null,
};

const claims: Claims = {
  claims: [
    {
      model: GRANDCHILD,
      declared: ['zoo-ft/dino'],
      declaredRelation: 'finetune',
      parent: CHILD,
      confidence: 0.98,
      verdict: 'contradicted',
    },
  ],
  next: null,
};

const change: Change = {
  partition: 0,
  seq: 57,
  kind: 'reparented',
  model: GRANDCHILD,
  revision: modelDetail.revision,
  publishedAt: '2026-05-03T08:30:00.000Z',
  validFrom: '2026-05-04T11:58:00.000Z',
  parent: { before: ROOT, after: CHILD },
  ...up,
  evidence: [growth],
  runnersUp: [{ model: ROOT, confidence: 0.02 }],
  architecture: ARCHITECTURE,
  claim: { baseModels: [ROOT], relation: 'finetune' },
  cause: 'zoo-ft/mae-lower@0192a3b4c5d6e7f0017b1f9a6b0f4a2c1d3e5f70#sketched',
  time: TIME,
};

const changes: Changes = { changes: [change], next: 57 };

const rejects: Rejects = {
  rejects: [
    {
      model: 'zoo-broken/no-weights',
      reason: 'no-weights',
      detail: 'The repository has no safetensors file.',
      service: 'sketcher',
      event: 'stemma.model.published.v1/0/12',
      time: TIME,
    },
  ],
  counts: { 'no-weights': 1 },
  total: 1,
  next: null,
};

const status: Status = {
  models: 315,
  trees: 15,
  pending: 0,
  rejected: 3,
  bytesRead: 163_577_856,
  bytesPublished: 981_467_136,
  seq: 402,
  cursor: '402',
  caughtUp: true,
};

const health: Health = { status: 'ok', seq: 402 };

const problem: Problem = {
  type: 'urn:stemma:problem:unknown-model',
  title: 'Unknown model',
  status: 404,
  detail: `No model zoo-ft/mea-lower is in the index. Did you mean ${CHILD}?`,
  instance: '/v1/models/zoo-ft/mea-lower',
  suggestions: [CHILD],
};

/** An example of every answer; a test holds each against its schema. */
export const EXAMPLES = {
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

export type SchemaName = keyof typeof EXAMPLES;

/** An example of each problem that a route may answer with, by its status. */
export const PROBLEMS: Readonly<Record<number, Problem>> = {
  400: {
    type: 'urn:stemma:problem:bad-parameter',
    title: 'Bad parameter limit',
    status: 400,
    detail: 'limit: expected a whole number from 1 to 1000.',
    instance: '/v1/models?limit=5000',
    parameter: 'limit',
  },
  404: problem,
  503: {
    type: 'urn:stemma:problem:not-now',
    title: 'Not now',
    status: 503,
    detail: 'The read model is being rebuilt from the log (change 120 so far).',
    instance: '/v1/models',
  },
};
