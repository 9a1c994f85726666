// npm 11 and later refuse `npm ci` when the lock names an optional platform package without an entry of its own,
// yet write such a lock without a word. This check fails before a release does.
import { readFileSync } from 'node:fs';

const lock = JSON.parse(readFileSync(process.argv[2] ?? 'package-lock.json', 'utf8'));
const names = new Set(Object.keys(lock.packages).map((path) => path.replace(/^.*node_modules\//, '')));

const missing = Object.entries(lock.packages).flatMap(([path, entry]) =>
  Object.entries(entry.optionalDependencies ?? {})
    .filter(([dependency]) => !names.has(dependency))
    .map(([dependency, version]) => `${path} -> ${dependency}@${version}`),
);

const manifest = JSON.parse(readFileSync('package.json', 'utf8'));
const floating = ['dependencies', 'devDependencies'].flatMap((section) =>
  Object.entries(manifest[section]).filter(([, range]) => !/^\d+\.\d+\.\d+(-[\w.]+)?$/.test(range)),
);

for (const line of missing) console.error(`missing from the lock: ${line}`);
for (const [name, range] of floating) console.error(`not pinned exactly: ${name}@${range}`);
if (missing.length + floating.length > 0) process.exit(1);
console.log(`lock complete: ${names.size} packages, every direct dependency pinned`);
