// Runs one TypeScript file without a build: node libs/events/run-ts.js <file> [arguments]. For benchmarks and test children.
const { resolve } = require('node:path');
const { transformFileSync } = require('@swc/core');

const options = {
  jsc: { target: 'es2022', parser: { syntax: 'typescript' } },
  module: { type: 'commonjs' },
  sourceMaps: 'inline',
};

require.extensions['.ts'] = (module, path) => module._compile(transformFileSync(path, options).code, path);
process.argv.splice(1, 1);
require(resolve(process.argv[1]));
