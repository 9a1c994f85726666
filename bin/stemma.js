#!/usr/bin/env node
const { existsSync } = require('node:fs');
const { join } = require('node:path');

const main = join(__dirname, '../dist/services/stemma/src/main.js');
if (!existsSync(main)) {
  console.error('stemma is not built yet: run `npm run build` (or `npm ci`, which builds it).');
  process.exit(70);
}
require(main);
