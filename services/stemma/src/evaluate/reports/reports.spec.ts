import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { readTruths } from '../evaluate-folder';
import { measureAccuracy, type GraphAccuracy } from './accuracy';
import { REPORTS } from './all-reports';
import { drawFor, drawItems, drawSubtree } from './draws';
import { readFamilies } from './families';
import { renderIndex, renderReport } from './markdown';
import { renderPlot } from './plot';

const ROOT = join(__dirname, '../../../../..');
const committed = (name: string): Promise<string> => readFile(join(ROOT, 'libs/lineage/eval', name), 'utf8');
const dataOf = async <T>(name: string): Promise<T> => JSON.parse(await committed(`${name}.json`)) as T;

describe('the committed reports', () => {
  it.each(REPORTS.map((report) => [report.name, report] as const))(
    '%s: page and plot are what its figures give, byte for byte',
    async (name, report) => {
      const content = report.render(await dataOf(name));
      expect(renderReport(report, content)).toBe(await committed(`${name}.md`));
      expect(await renderPlot(content.plot)).toBe(await committed(`${name}.svg`));
    },
  );

  it('are all listed', async () => {
    expect(renderIndex(REPORTS)).toBe(await committed('README.md'));
  });

  it.each(['sd-like', 'llama-like'])('have the figures of %s that are measured today', async (graph) => {
    const [family] = await readFamilies([join(ROOT, 'libs/zoo/models', graph)]);
    const { [graph]: before } = await dataOf<Record<string, GraphAccuracy>>('accuracy');
    // Through JSON, as the committed ones went.
    expect(JSON.parse(JSON.stringify(measureAccuracy(family!)))).toEqual(before);
  });
});

describe('what is drawn', () => {
  it('depends on the seed and the purpose alone', () => {
    const first = Array.from({ length: 4 }, drawFor('ft', 0.2, 1));
    expect(Array.from({ length: 4 }, drawFor('ft', 0.2, 1))).toEqual(first);
    expect(Array.from({ length: 4 }, drawFor('ft', 0.2, 2))).not.toEqual(first);
  });

  it('takes items once each', () => {
    const drawn = drawItems([1, 2, 3, 4, 5], 3, drawFor('x'));
    expect(new Set(drawn).size).toBe(3);
    expect(drawItems([1, 2], 5, drawFor('x')).sort((a, b) => a - b)).toEqual([1, 2]);
  });

  it('keeps a sub-tree connected', async () => {
    const graphs = await readTruths([join(ROOT, 'libs/zoo/models/ft/mae')]);
    const tree = graphs.get('ft')!.map(({ id, parents }) => ({ model: id, tree: 'mae', parents }));
    const drawn = drawSubtree(tree, 8, drawFor('y'));
    const kept = new Set(drawn.map(({ model }) => model));
    expect(kept.size).toBe(8);
    expect(drawn.filter(({ parents }) => parents.length === 0)).toHaveLength(1);
    for (const { parents } of drawn) for (const parent of parents) expect(kept).toContain(parent);
  });
});
