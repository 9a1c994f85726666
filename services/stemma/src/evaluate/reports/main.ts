import { mkdir, writeFile } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { countLine } from '../../cli/progress';
import { accuracy } from './accuracy';
import { evidence } from './evidence';
import { readFamilies } from './families';
import { layers } from './layers';
import { renderReport } from './markdown';
import { renderPlot } from './plot';
import type { Report } from './report';
import { distances, scores } from './scores';
import { siblings } from './siblings';
import { rowsPerTensor, sketchSize } from './sketch-size';
import { smallGraphs } from './small-graphs';
import { subtrees } from './subtrees';

const FOLDERS = ['libs/zoo/models', 'libs/zoo/pretrained', 'libs/lineage/eval/siblings'];
const OUT = 'libs/lineage/eval';

const REPORTS: readonly Report[] = [
  accuracy,
  subtrees,
  smallGraphs,
  siblings,
  scores,
  distances,
  layers,
  sketchSize,
  rowsPerTensor,
  evidence,
];

/** Makes the reports again that are named, or all of them: `npm run eval:reports -- accuracy evidence`. */
async function main(names: readonly string[]): Promise<void> {
  const unknown = names.filter((name) => !REPORTS.some((report) => report.name === name));
  if (unknown.length > 0) {
    const known = REPORTS.map(({ name }) => name).join(', ');
    process.stderr.write(`There is no report ${unknown.join(', ')}: there are ${known}.\n`);
    process.exitCode = 2;
    return;
  }
  const line = countLine(process.stderr, 'reading');
  const onWork = (done: number, total: number, what: string): void => line.update(done, total, what);
  const families = await readFamilies(FOLDERS, onWork);
  const out = resolve(OUT);
  await mkdir(out, { recursive: true });
  for (const report of REPORTS.filter(({ name }) => names.length === 0 || names.includes(name))) {
    const content = await report.run(families, onWork);
    await writeFile(join(out, `${report.name}.json`), `${JSON.stringify(content.data, null, 1)}\n`);
    await writeFile(join(out, `${report.name}.md`), renderReport(report, content));
    await writeFile(join(out, `${report.name}.svg`), await renderPlot(content.plot));
  }
  line.stop();
}

void main(process.argv.slice(2));
