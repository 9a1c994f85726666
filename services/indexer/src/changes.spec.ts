import type { NewChange } from '@stemma/store';
import type { Assessment } from './assess';
import { announcedConfidence, inTreeOrder, kindOfChange, type Announced } from './changes';
import type { IndexedModel } from './lineage-index';

const model: IndexedModel = {
  label: 1,
  repo: 'org/child',
  sha: 'b2',
  architecture: 'arch',
  coordinates: 'everywhere',
  contentHash: 'c1',
  createdAt: 0,
  tombstone: false,
};
const now: Assessment = {
  label: 1,
  parent: 0,
  relation: 'finetune',
  verdict: 'asserted',
  confidence: 0.981,
  evidence: [],
  runnersUp: [],
};
const before: Announced = {
  label: 1,
  revision: 'sha-1',
  parent: 'org/base',
  parentLabel: 0,
  relation: 'finetune',
  verdict: 'asserted',
  confidence: 0.98,
  tombstone: false,
  architecture: 'arch',
  seq: 7,
};

describe('kindOfChange', () => {
  it.each([
    ['a model nobody has heard of', undefined, model, 'org/base', 'arrived'],
    ['the same place, as sure to two places', before, model, 'org/base', null],
    ['another parent', before, model, 'org/other', 'reparented'],
    ['another revision of the same model', { ...before, label: 0 }, model, 'org/base', 'reassessed'],
    [
      'the same place of a revision read from the feed',
      { ...before, label: null, revision: model.sha },
      model,
      'org/base',
      null,
    ],
    [
      'another revision than the feed knows',
      { ...before, label: null, revision: 'older' },
      model,
      'org/base',
      'reassessed',
    ],
    ['another confidence', { ...before, confidence: 0.97 }, model, 'org/base', 'reassessed'],
    [
      'a model that is gone from its hub but needed',
      before,
      { ...model, tombstone: true },
      'org/base',
      'deleted',
    ],
    ['a deleted one nobody has heard of', undefined, { ...model, tombstone: true }, null, 'deleted'],
    [
      'a deleted one whose place is the same',
      { ...before, tombstone: true },
      { ...model, tombstone: true },
      'org/base',
      null,
    ],
    [
      'a deleted one from which nothing living descends any more',
      { ...before, tombstone: true },
      { ...model, tombstone: true },
      null,
      'deleted',
    ],
    ['one that came back', { ...before, tombstone: true }, model, 'org/base', 'arrived'],
  ] as const)('%s', (_, announced, current, parent, expected) => {
    expect(kindOfChange(announced, current, parent, now)).toBe(expected);
  });
});

it('announces confidence to two places', () => {
  expect(announcedConfidence(0.98499)).toBe(0.98);
  expect(announcedConfidence(0.985)).toBe(0.99);
});

it('puts parents before their children, then goes by name', () => {
  const at = (name: string, depth: number) => ({ depth, change: { model: name } as NewChange });
  const order = inTreeOrder([at('b', 1), at('c', 0), at('a', 2), at('a2', 1)]);
  expect(order.map((change) => change.model)).toEqual(['c', 'a2', 'b', 'a']);
});
