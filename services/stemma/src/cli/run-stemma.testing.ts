import { spawn } from 'node:child_process';
import { join } from 'node:path';

/** What a command printed and ended with. */
export interface Ran {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

const RUNNER = join(__dirname, '../../../../tools/run-ts.js');
const MAIN = join(__dirname, '../main.ts');

/** The command line as a person runs it, in a process of its own and without colours; pipes are 80 columns wide. */
export function runStemma(...args: readonly string[]): Promise<Ran> {
  const env: NodeJS.ProcessEnv = { ...process.env, NO_COLOR: '1' };
  delete env.FORCE_COLOR;
  const child = spawn(process.execPath, [RUNNER, MAIN, ...args], {
    env,
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const texts = [child.stdout, child.stderr].map((stream) => {
    const chunks: string[] = [];
    stream.setEncoding('utf8').on('data', (text: string) => chunks.push(text));
    return chunks;
  });
  return new Promise((resolve, reject) => {
    child.on('error', reject);
    child.on('close', (code) => {
      const [stdout, stderr] = texts.map((chunks) => chunks.join(''));
      resolve({ code, stdout: stdout!, stderr: stderr! });
    });
  });
}
