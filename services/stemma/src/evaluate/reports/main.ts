import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { countLine } from '../../cli/progress';
import { REPORTS } from './all-reports';
import { readFamilies } from './families';
import { renderIndex, renderReport } from './markdown';
import { renderPlot } from './plot';
import type { AnyReport } from './report';

const FOLDERS = ['libs/zoo/models', 'libs/zoo/pretrained'];
const OUT = 'libs/lineage/eval';

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
  const asked = REPORTS.filter(({ name }) => names.length === 0 || names.includes(name));
  const folders = new Set(asked.flatMap((report) => report.folders ?? FOLDERS));
  const families = await readFamilies([...folders], onWork);
  for (const report of asked) {
    await write(report, await report.measure(families, onWork));
    if (!process.stderr.isTTY) process.stderr.write(`${join(OUT, report.name)}\n`);
  }
  await writeFile(join(OUT, 'README.md'), renderIndex(REPORTS));
  line.stop();
}

/** The figures, and what is drawn and told of them. */
async function write(report: AnyReport, data: unknown): Promise<void> {
  const content = report.render(data);
  await writeFile(join(OUT, `${report.name}.json`), `${JSON.stringify(data, null, 1)}\n`);
  await writeFile(join(OUT, `${report.name}.md`), renderReport(report, content));
  await writeFile(join(OUT, `${report.name}.svg`), await renderPlot(content.plot));
}

void main(process.argv.slice(2));
