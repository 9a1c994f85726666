// Runs one TypeScript file without a build: node tools/run-ts.js <file> [arguments]. For benchmarks and test children.
const { existsSync } = require('node:fs');
const Module = require('node:module');
const { join, resolve } = require('node:path');
const { transformFileSync } = require('@swc/core');

const root = join(__dirname, '..');
const options = {
  swcrc: false,
  jsc: {
    target: 'es2022',
    parser: { syntax: 'typescript', decorators: true },
    transform: { legacyDecorator: true, decoratorMetadata: true },
  },
  module: { type: 'commonjs' },
  sourceMaps: 'inline',
};

function ownFile(request) {
  const name = /^@stemma\/([a-z]+)$/.exec(request)?.[1];
  if (name === undefined) return request;
  const library = join(root, 'libs', name, 'src/index.ts');
  return existsSync(library) ? library : join(root, 'services', name, 'src/index.ts');
}

const resolveFilename = Module._resolveFilename;
Module._resolveFilename = (request, ...rest) => resolveFilename.call(Module, ownFile(request), ...rest);

require.extensions['.ts'] = (module, path) => module._compile(transformFileSync(path, options).code, path);
process.argv.splice(1, 1);
// As the main module, so that `require.main === module` holds in the file.
Module._load(resolve(process.argv[1]), null, true);
