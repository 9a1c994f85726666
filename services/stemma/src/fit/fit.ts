import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fitConstants, leaveOneOut } from '@stemma/lineage';
import { countLine } from '../cli/progress';
import { readFamilies, writeFamilies } from './families-file';
import { fitReport, fitSummary } from './fit-report';
import { measureFolders } from './measure-folders';

const FOLDER = join(__dirname, '../../../../libs/lineage/eval/fit');

/**
 * npm run fit [-- <folder>…]: fits the constants of the method on families with known trees, and writes the figures that justify
 * them. Without folders on the measures that are committed; with folders these are measured anew and take their place.
 */
async function main(folders: readonly string[]): Promise<void> {
  const measures = join(FOLDER, 'families.json.gz');
  if (folders.length > 0) {
    const line = countLine(process.stderr, 'measuring');
    const measured = await measureFolders(folders, (done, total) => line.update(done, total));
    line.stop();
    await writeFamilies(measures, measured);
  }
  const families = await readFamilies(measures);
  const labelled = families.filter(({ models }) => models.some(({ parents }) => parents.length > 0));
  const line = countLine(process.stderr, 'fitting');
  let tried = 0;
  const onTried = (): void => line.update(++tried, Math.max(tried, TRIES_EXPECTED));
  const fit = fitConstants(labelled, undefined, onTried);
  const heldOut = leaveOneOut(labelled, undefined, onTried);
  line.stop();
  await writeFile(join(FOLDER, 'README.md'), fitReport(families, fit, heldOut));
  console.log(fitSummary(labelled, fit));
  console.log(`The figures are in ${join('libs/lineage/eval/fit', 'README.md')}.`);
}

/** About as many values as are tried in all; only for the progress line. */
const TRIES_EXPECTED = 900;

void main(process.argv.slice(2));
