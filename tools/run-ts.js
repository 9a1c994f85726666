// Runs one TypeScript file without a build: node tools/run-ts.js <file> [arguments]. For benchmarks and test children.
// STEMMA_TRANSPILED names a folder that keeps what was transpiled, for a suite of many children.
const { existsSync, readFileSync, renameSync, writeFileSync } = require('node:fs');
const Module = require('node:module');
const { join, relative, resolve } = require('node:path');

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

function transpiled(path) {
  const folder = process.env.STEMMA_TRANSPILED;
  const kept = folder && join(folder, relative(root, path).replaceAll('/', '~'));
  if (kept && existsSync(kept)) return readFileSync(kept, 'utf8');
  const { code } = require('@swc/core').transformFileSync(path, options);
  if (kept) {
    writeFileSync(`${kept}.${process.pid}`, code);
    renameSync(`${kept}.${process.pid}`, kept);
  }
  return code;
}

require.extensions['.ts'] = (module, path) => module._compile(transpiled(path), path);
process.argv.splice(1, 1);
// As the main module, so that `require.main === module` holds in the file.
Module._load(resolve(process.argv[1]), null, true);
