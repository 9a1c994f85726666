import { spawn, type ChildProcess } from 'node:child_process';

/** Lets a child load TypeScript as the tests do. */
const LOADER = `
  const swc = require('@swc/core');
  require.extensions['.ts'] = (module, file) => module._compile(swc.transformFileSync(file, {
    sourceMaps: false, module: { type: 'commonjs' }, jsc: { target: 'es2022', parser: { syntax: 'typescript' } },
  }).code, file);
`;

export interface Child {
  readonly process: ChildProcess;
  /** Whole lines that it has printed so far. */
  readonly lines: string[];
  readonly errors: string[];
  /** The signal or status it ended with. */
  readonly ended: Promise<string | number | null>;
  /** Resolves when it has printed a line that starts so, or rejects when it ends before. */
  printed(start: string): Promise<string>;
}

/**
 * Runs a TypeScript file in a process of its own; arguments reach it as `process.argv.slice(1)`. No file that it
 * writes may grow beyond `fileMaxBytes`, as if the disk were full.
 */
export function spawnTypeScript(file: string, args: readonly string[], fileMaxBytes?: number): Child {
  const limit = fileMaxBytes === undefined ? '' : `ulimit -f ${Math.ceil(fileMaxBytes / 512)};`;
  const node = [process.execPath, '-e', `${LOADER} require(${JSON.stringify(file)});`, '--', ...args];
  const child = spawn('/bin/sh', ['-c', `${limit} exec "$@"`, 'sh', ...node], {
    cwd: __dirname,
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const lines: string[] = [];
  const errors: string[] = [];
  let rest = '';
  const waiting = new Set<() => void>();
  const wake = () => waiting.forEach((look) => look());
  child.stdout.setEncoding('utf8').on('data', (text: string) => {
    const parts = (rest + text).split('\n');
    rest = parts.pop()!;
    lines.push(...parts);
    wake();
  });
  child.stderr.setEncoding('utf8').on('data', (text: string) => errors.push(text));
  let over = false;
  const ended = new Promise<string | number | null>((resolve) => {
    child.once('close', (code, signal) => {
      over = true;
      resolve(signal ?? code);
      wake();
    });
  });
  const printed = (start: string) =>
    new Promise<string>((resolve, reject) => {
      const look = () => {
        const line = lines.find((each) => each.startsWith(start));
        if (line === undefined && !over) return;
        waiting.delete(look);
        if (line === undefined) reject(new Error(`the child ended without ${start}: ${errors.join('')}`));
        else resolve(line);
      };
      waiting.add(look);
      look();
    });
  return { process: child, lines, errors, ended, printed };
}
