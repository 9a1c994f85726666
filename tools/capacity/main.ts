import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { renderPlan } from './render';

const page = renderPlan();
writeFileSync(join(__dirname, '../../docs/capacity.md'), page);
process.stdout.write(page);
