import { recoverForest } from '@stemma/lineage';
import { compareMethods, METHODS } from './compare-methods';
import { evaluateFolders, type EvaluatedFolder } from './evaluate-folder';
import { smallTree, treeWithBlend, weightFiles, withFolder, writeFiles } from './family-folder.testing';
import { motherMethod, stemmaMethod, type Recover } from './recover-method';

const stemma: Recover = (models) => recoverForest(models);

const FIGURES = ['ari', 'directed', 'directionGivenPair', 'ece', 'rootsFound', 'treesFound', 'undirected'];

const [a, b] = [smallTree(1), smallTree(2)];
const twoTrees = {
  ...weightFiles('g/a', a),
  ...weightFiles('g/b', b),
  'truth.json': JSON.stringify({ 'g/a': a.truth, 'g/b': b.truth }),
};

function evaluate(
  files: Record<string, string | Uint8Array>,
  recover: Recover = stemma,
  from: 'sketch' | 'weights' = 'sketch',
): Promise<EvaluatedFolder> {
  return withFolder(async (folder) => {
    await writeFiles(folder, files);
    return evaluateFolders([folder], { from, recover });
  });
}

describe('the evaluation of a folder', () => {
  it.each(['sketch', 'weights'] as const)(
    'has figures by graph and tree, and every edge (%s)',
    async (from) => {
      const { trees, graphs, edges, unreadable } = await evaluate(twoTrees, stemma, from);
      expect(Object.keys(trees)).toEqual(['g/a', 'g/b']);
      expect(Object.keys(graphs)).toEqual(['g']);
      expect(Object.keys(graphs.g!).sort()).toEqual([...FIGURES, 'chance'].sort());
      expect(Object.keys(graphs.g!.chance).sort()).toEqual(FIGURES);
      expect(graphs.g).toMatchObject({ directed: 1, undirected: 1, rootsFound: 1, ari: 1, treesFound: 1 });
      expect(graphs.g!.chance).toMatchObject({ directionGivenPair: 0.5, ari: 0, rootsFound: 1 / 4 });
      expect(edges).toHaveLength(6);
      for (const edge of edges) {
        expect(Object.keys(edge).sort()).toEqual(['child', 'confidence', 'evidence', 'parent', 'truth']);
        expect(edge.truth).toEqual([edge.parent]);
        expect(edge.confidence).toBeGreaterThan(0.5);
        expect(edge.evidence.map(({ kind }) => kind)).toContain('growth');
      }
      expect(unreadable).toEqual([]);
    },
  );

  it('is the same whatever models, trees and graphs are called', async () => {
    // Names that tell another story: each says that its parent is another one than it is.
    const renamed = Object.fromEntries(Object.keys(a.truth).map((name, i) => [name, `m${(i * 3 + 2) % 4}`]));
    const truth = Object.fromEntries(
      Object.entries(a.truth).map(([name, { parent }]) => [
        renamed[name]!,
        { parent: parent === null ? null : renamed[parent as string]! },
      ]),
    );
    const weights = Object.fromEntries(
      Object.entries(a.weights).map(([name, bytes]) => [renamed[name]!, bytes]),
    );
    const files = { ...weightFiles('shelf/z', { truth, weights }), ...weightFiles('shelf/y', b) };
    const told = await evaluate({
      ...files,
      'truth.json': JSON.stringify({ 'shelf/y': b.truth, 'shelf/z': truth }),
    });
    const before = await evaluate(twoTrees);
    expect(told.trees['shelf/z']).toEqual(before.trees['g/a']);
    expect(told.trees['shelf/y']).toEqual(before.trees['g/b']);
    expect(told.graphs.shelf).toEqual(before.graphs.g);
  });

  it('takes one level of trees, a folder that is one tree, and several folders', async () => {
    const one = { 'x/truth.json': JSON.stringify({ a: a.truth }), ...weightFiles('x/a', a) };
    const flat = { 'y/truth.json': JSON.stringify(b.truth), ...weightFiles('y', b) };
    await withFolder(async (folder) => {
      await writeFiles(folder, { ...one, ...flat });
      const options = { from: 'sketch', recover: stemma } as const;
      const { graphs, trees } = await evaluateFolders([`${folder}/x`, `${folder}/y`], options);
      expect(Object.keys(graphs)).toEqual(['a', 'y']);
      expect(Object.keys(trees)).toEqual(['a', 'y']);
      expect([graphs.a!.directed, graphs.y!.directed]).toEqual([1, 1]);
      const twice = evaluateFolders([`${folder}/x`, `${folder}/x/a`], options);
      await expect(twice).rejects.toThrow(/have a graph that is called a/);
    });
  });

  it('counts any of the parents of a merge as right', async () => {
    const blended = treeWithBlend(3, [null, 0, 0, 0], [1, 2]);
    const { graphs, edges } = await evaluate({
      ...weightFiles('t', blended),
      'truth.json': JSON.stringify({ t: blended.truth }),
    });
    const merged = edges.find(({ child }) => child === 't/blend');
    expect(merged!.truth).toEqual(['t/m1', 't/m2']);
    expect(merged!.truth).toContain(merged!.parent);
    expect(merged!.evidence.map(({ kind }) => kind)).toContain('merge');
    expect(graphs.t).toMatchObject({ directed: 1, undirected: 1, rootsFound: 1 });
  });

  it('leaves out what cannot be read, and expects its children under the grandparent', async () => {
    const chain = smallTree(4, [null, 0, 1, 2]);
    const files = weightFiles('t', chain);
    const { edges, unreadable, graphs } = await evaluate({
      ...files,
      't/m1.safetensors': files['t/m1.safetensors']!.subarray(0, 1000),
      'truth.json': JSON.stringify({ t: chain.truth }),
    });
    expect(unreadable).toEqual([expect.objectContaining({ model: 't/m1' })]);
    expect(edges.map(({ child, truth }) => [child, truth])).toEqual([
      ['t/m2', ['t/m0']],
      ['t/m3', ['t/m2']],
    ]);
    // Chance knows of two edges among three models.
    expect(graphs.t!.chance).toMatchObject({ undirected: 2 / 3, rootsFound: 1 / 3 });
  });

  it('says which file is missing', async () => {
    const rest = Object.entries(twoTrees).filter(([path]) => path !== 'g/a/m3.safetensors');
    await expect(evaluate(Object.fromEntries(rest))).rejects.toThrow(/lists g\/a\/m3, but .* is not there/);
  });
});

describe('a number of trees', () => {
  const rootsFound = async (recover: Recover): Promise<number> => {
    let roots = 0;
    await evaluate(twoTrees, (models, known) => {
      const recovered = recover(models, known);
      roots = recovered.models.filter(({ parent }) => parent === null).length;
      return recovered;
    });
    return roots;
  };

  it('is what both methods give', async () => {
    expect(await rootsFound(stemmaMethod(5, () => expect(0).toBe(1)))).toBe(5);
    expect(await rootsFound(motherMethod('generalization', 'iclr', 5))).toBe(5);
  });

  it('can be that of the truth', async () => {
    expect(await rootsFound(motherMethod('generalization', 'iclr', 'truth'))).toBe(2);
    expect(await rootsFound(stemmaMethod('truth', () => expect(0).toBe(1)))).toBe(2);
  });

  it('that is too small joins no strangers: our method says so and goes on', async () => {
    const told: [number, number][] = [];
    expect(await rootsFound(stemmaMethod(1, (asked, found) => told.push([asked, found])))).toBe(2);
    expect(told).toEqual([[1, 2]]);
  });
});

describe('a stage', () => {
  it('is needed for every model where there is a file of them', async () => {
    const stages = new Map([['g/a/m0', 'generalization' as const]]);
    await expect(evaluate(twoTrees, motherMethod(stages, 'iclr', 2))).rejects.toThrow(
      /has none for g\/a\/m1/,
    );
  });
});

describe('all methods', () => {
  it('are held against the same truth, the right stage told from the wrong one', async () => {
    const steps: string[] = [];
    const compared = await withFolder(async (folder) => {
      await writeFiles(folder, twoTrees);
      return compareMethods([folder], (done, total, what) => steps.push(`${done}/${total} ${what}`));
    });
    expect(Object.keys(compared.methods)).toEqual(Object.keys(METHODS));
    const figures = (method: keyof typeof METHODS, figure: 'directed' | 'directionGivenPair'): number =>
      compared.methods[method].graphs.g![figure];
    expect(figures('stemma-sketch', 'directed')).toBe(1);
    expect(figures('stemma-weights', 'directed')).toBe(1);
    expect(figures('mother-right', 'directionGivenPair')).toBeGreaterThanOrEqual(
      figures('mother-wrong', 'directionGivenPair'),
    );
    expect(Object.keys(compared.stages)).toEqual(['g']);
    expect(steps[0]).toBe('1/40 g: reading');
    expect(steps.at(-1)).toBe('32/40 g: MoTHer, wrong stage');
  });
});
