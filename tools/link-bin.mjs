// `npx stemma` finds commands in node_modules/.bin, where npm links those of dependencies but not a checkout's own. (With a
// `bin` entry in package.json npx would install the checkout into its cache first, and build it once more.)
import { mkdirSync, rmSync, symlinkSync } from 'node:fs';

mkdirSync('node_modules/.bin', { recursive: true });
rmSync('node_modules/.bin/stemma', { force: true });
symlinkSync('../../bin/stemma.js', 'node_modules/.bin/stemma');
