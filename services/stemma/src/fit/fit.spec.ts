import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { confidentScoreOf, DEFAULT_CONSTANTS, type MeasuredFamily } from '@stemma/lineage';
import { readFamilies, writeFamilies } from './families-file';
import { measureFolders } from './measure-folders';

const FIT = join(__dirname, '../../../../libs/lineage/eval/fit');
const PRETRAINED = join(__dirname, '../../../../libs/zoo/pretrained');

describe('the committed measures', () => {
  let families: MeasuredFamily[];
  beforeAll(async () => {
    families = await readFamilies(join(FIT, 'families.json.gz'));
  });

  it('give the figures of the report for the committed constants', async () => {
    const report = await readFile(join(FIT, 'README.md'), 'utf8');
    for (const group of ['minilm5/minilm', 'wildA/wide']) {
      const score = confidentScoreOf(
        families.filter((family) => family.group === group),
        DEFAULT_CONSTANTS,
      );
      const { directed, edges, roots, rootsFound, ece, surprise } = score;
      const row = report.split('\n').find((line) => line.startsWith(`| ${group} | ${directed}/`))!;
      expect(row.split(' | ').slice(5).join(' ')).toBe(
        `${directed}/${edges} ${rootsFound}/${roots} ${ece.toFixed(3)} ${surprise.toFixed(3)} |`,
      );
    }
  });

  it('are what the weights in the repository give', async () => {
    const [measured] = await measureFolders([PRETRAINED], () => undefined);
    const folder = await mkdtemp(join(tmpdir(), 'stemma-fit-'));
    await writeFamilies(join(folder, 'one.gz'), [measured!]);
    const [read] = await readFamilies(join(folder, 'one.gz'));
    await rm(folder, { recursive: true });
    expect(read).toEqual(families.find(({ name }) => name === 'pretrained/minilm'));
  });
});
