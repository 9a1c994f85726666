import { change } from '../changes.testing';
import type { Change } from './change-history';
import { claimVerdict, type ClaimVerdict } from './claim-verdict';
import { fold } from './fold';
import { LineageState } from './lineage-state';

/** root ← child ← grandchild; copy is a duplicate of root, and copy/child was made from that copy. */
const TREE: Change[] = [
  change(1, 'a/root', null),
  change(2, 'a/child', 'a/root'),
  change(3, 'a/grandchild', 'a/child'),
  change(4, 'b/copy', 'a/root', { relation: 'duplicate' }),
  change(5, 'b/child', 'b/copy'),
  change(6, 'c/stranger', null),
  change(7, 'd/other-shapes', null, { architecture: 'arch-2' }),
];

function verdict(
  model: string,
  after: string | null,
  baseModels: string[] | null,
  more: Partial<Change> = {},
): ClaimVerdict {
  const state = new LineageState();
  for (const one of TREE) fold(state, one);
  const claim = baseModels && { baseModels, relation: null };
  fold(state, change(8, model, after, { claim, ...more }));
  return claimVerdict(state, state.find(model)!);
}

describe('claimVerdict', () => {
  it.each<[ClaimVerdict, string | null, string[] | null, string]>([
    ['confirmed', 'a/child', ['a/child'], 'the declared base is the parent'],
    ['confirmed', 'a/child', ['c/stranger', 'a/child'], 'one of several is'],
    ['confirmed', 'a/child', ['https://hub.example/a/child/'], 'a URL on the hub names it'],
    ['ancestor', 'a/grandchild', ['a/root'], 'it is farther up'],
    ['contradicted', 'a/child', ['c/stranger'], 'it is somebody else'],
    ['contradicted', 'a/child', ['a/grandchild'], 'it is a sibling'],
    ['contradicted', null, ['a/root'], 'a root declares a base of its own shapes'],
    ['contradicted', 'a/child', ['d/other-shapes'], 'a parent was found and the base has other shapes'],
    ['unknown', null, ['d/other-shapes'], 'no parent was found and the base has other shapes'],
    ['unknown', 'a/child', ['nobody/knows-it'], 'the base is not in the index'],
    ['unknown', 'a/child', ['nobody/knows-it', 'c/stranger'], 'one of several is not in the index'],
    ['undeclared', 'a/child', null, 'there is no claim'],
    ['undeclared', 'a/child', [], 'the claim names nothing'],
    ['undeclared', 'a/child', ['z/new'], 'it names itself'],
  ])('%s: parent %s, declared %j (%s)', (expected, parent, declared) => {
    expect(verdict('z/new', parent, declared)).toBe(expected);
  });

  it('takes a copy for the model that it copies', () => {
    expect(verdict('z/new', 'a/root', ['b/copy'])).toBe('confirmed');
    expect(verdict('z/new', 'b/copy', ['a/root'])).toBe('confirmed');
    expect(verdict('z/new', 'b/child', ['a/root'])).toBe('ancestor');
    expect(verdict('z/new', 'a/child', ['a/root'], { relation: 'duplicate' })).toBe('confirmed');
  });
});
