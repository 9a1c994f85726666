import { readFileSync } from 'node:fs';
import path from 'node:path';
import { observeFile, ZOO } from '../evidence/evidence.testing';
import { evaluateGraph, type TrueModel } from './metrics';
import { recoverForest } from './recover-forest';
import type { NamedObservation } from './recovered';

/** Models that were really trained, from their whole weights; the truth is read here and nowhere else. */
function readTrees(
  folder: string,
  trees: readonly string[],
): { models: NamedObservation[]; truth: TrueModel[] } {
  type Truth = Record<string, Record<string, { parent: string | null }>>;
  const all = JSON.parse(readFileSync(path.join(ZOO, folder, 'truth.json'), 'utf8')) as Truth;
  const models: NamedObservation[] = [];
  const truth: TrueModel[] = [];
  for (const tree of trees) {
    for (const [name, { parent }] of Object.entries(all[tree]!)) {
      const model = `${tree}/${name}`;
      models.push({ model, observation: observeFile(path.join(ZOO, folder, `${model}.safetensors`)) });
      truth.push({ model, tree, parents: parent === null ? [] : [`${tree}/${parent}`] });
    }
  }
  return { models, truth };
}

describe('really trained models, from whole weights', () => {
  it.each([
    ['two trees of full fine-tuning, mixed', ['ft/mae', 'ft/dino']],
    ['two trees of merged LoRAs, mixed', ['lora-v/mae', 'lora-v/imagenet']],
    ['a chain of continued pretraining', ['sd-like']],
  ])('%s: every parent is found', (_, trees) => {
    const { models, truth } = readTrees('models', trees);
    const { graphs } = evaluateGraph('graph', truth, recoverForest(models));
    expect(graphs.graph).toMatchObject({ directed: 1, undirected: 1, rootsFound: 1, ari: 1, treesFound: 1 });
    expect(graphs.graph!.ece).toBeLessThan(0.05);
  });

  it('does not assert what a light chat tuning leaves open', () => {
    const { models, truth } = readTrees('models', ['llama-like']);
    const recovered = recoverForest(models);
    expect(evaluateGraph('graph', truth, recovered).graphs.graph!.undirected).toBe(1);
    const wrong = recovered.models.filter(({ model, parent }) => {
      const { parents } = truth.find((entry) => entry.model === model)!;
      return parent !== null && !parents.includes(parent);
    });
    expect(wrong.filter(({ verdict }) => verdict === 'asserted')).toEqual([]);
  });
});
