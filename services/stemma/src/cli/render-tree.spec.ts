import { renderTrees, type TreeNode } from './render-tree';

const leaf = (model: string, confidence: number, verdict = 'asserted'): TreeNode => ({
  model,
  relation: 'finetune',
  verdict,
  confidence,
  children: [],
});

const family: TreeNode = {
  model: 'org/base',
  relation: null,
  verdict: 'root',
  confidence: null,
  children: [
    { ...leaf('org/a', 0.98), children: [leaf('org/a-chat', 0.9)] },
    leaf('org/b', 0.55, 'uncertain'),
  ],
};

describe('renderTrees', () => {
  it('draws one model a line with its relation and confidence in one column', () => {
    expect(renderTrees([family], { columnsMax: 80 }).split('\n')).toEqual([
      'org/base',
      '├─ org/a          finetune 0.98',
      '│  └─ org/a-chat  finetune 0.90',
      '└─ org/b          finetune 0.55 uncertain',
    ]);
  });

  it('never exceeds the columns it is given', () => {
    const long: TreeNode = { ...family, children: [leaf(`org/${'x'.repeat(200)}`, 0.5)] };
    for (const line of renderTrees([long], { columnsMax: 60 }).split('\n')) {
      expect(line.length).toBeLessThanOrEqual(60);
    }
  });

  it('draws a chain deeper than the call stack', () => {
    let node = leaf('org/m0', 1);
    for (let i = 1; i < 20_000; i++) node = { ...leaf(`org/m${i}`, 1), children: [node] };
    expect(renderTrees([node], { columnsMax: 80 }).split('\n')).toHaveLength(20_000);
  });
});
