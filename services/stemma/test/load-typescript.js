// Lets a child load TypeScript and our own libraries as the tests do: node -r load-typescript.js <file.ts> [arguments].
// STEMMA_TRANSPILED names a folder that keeps what was transpiled, for the many children of one suite.
const { existsSync, readFileSync, renameSync, writeFileSync } = require('node:fs');
const Module = require('node:module');
const { join, relative, resolve } = require('node:path');

const root = resolve(__dirname, '../../..');
const SERVICES = ['watcher', 'sketcher', 'indexer', 'query', 'stemma'];
const options = {
  jsc: {
    target: 'es2022',
    parser: { syntax: 'typescript', decorators: true },
    transform: { legacyDecorator: true, decoratorMetadata: true },
  },
  module: { type: 'commonjs' },
};

function transpile(file) {
  const folder = process.env.STEMMA_TRANSPILED;
  const kept = folder && join(folder, relative(root, file).replaceAll('/', '~'));
  if (kept && existsSync(kept)) return readFileSync(kept, 'utf8');
  const { code } = require('@swc/core').transformFileSync(file, options);
  if (kept) {
    writeFileSync(`${kept}.${process.pid}`, code);
    renameSync(`${kept}.${process.pid}`, kept);
  }
  return code;
}

require.extensions['.ts'] = (module, file) => module._compile(transpile(file), file);

const resolveFilename = Module._resolveFilename;
Module._resolveFilename = function (request, ...rest) {
  const [, name] = /^@stemma\/([a-z]+)$/.exec(request) ?? [];
  if (name === undefined) return resolveFilename.call(this, request, ...rest);
  const folder = SERVICES.includes(name) ? 'services' : 'libs';
  return resolveFilename.call(this, join(root, folder, name, 'src/index.ts'), ...rest);
};
