// Compiles index.ts with AssemblyScript and writes it, as base64, into src/evidence/kernel-wasm.ts.
// `--check` writes nothing and fails when the committed file is not what the source compiles to.
import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

const source = fileURLToPath(new URL('index.ts', import.meta.url));
const target = fileURLToPath(new URL('../src/evidence/kernel-wasm.ts', import.meta.url));
const asc = createRequire(import.meta.url).resolve('assemblyscript/bin/asc.js');
const OPTIONS = [
  '-Ospeed',
  '--runtime',
  'stub',
  '--importMemory',
  '--enable',
  'simd',
  '--noAssert',
  '--disableWarning',
  '112',
];

const folder = mkdtempSync(join(tmpdir(), 'stemma-asc-'));
try {
  const binary = join(folder, 'kernel.wasm');
  execFileSync(
    process.execPath,
    [asc, source, '--baseDir', fileURLToPath(new URL('.', import.meta.url)), '-o', binary, ...OPTIONS],
    { stdio: 'inherit' },
  );
  const lines = readFileSync(binary)
    .toString('base64')
    .match(/.{1,96}/g)
    .map((line) => `  '${line}',`);
  const module = [
    '/** assembly/index.ts, compiled: `node libs/lineage/assembly/build.mjs` writes this file. */',
    'export const KERNEL_WASM_BASE64 = [',
    ...lines,
    "].join('');",
    '',
  ].join('\n');
  if (!process.argv.includes('--check')) writeFileSync(target, module);
  else if (readFileSync(target, 'utf8') !== module) {
    console.error('src/evidence/kernel-wasm.ts is stale: run node libs/lineage/assembly/build.mjs');
    process.exitCode = 1;
  }
} finally {
  rmSync(folder, { recursive: true });
}
