import { spawn } from 'node:child_process';
import { join } from 'node:path';

/** A process of ours in the making. */
export interface Child {
  kill(): void;
  /** Resolves when it has begun its work, or has ended before that. */
  readonly begun: Promise<void>;
  readonly ended: Promise<Ended>;
}

export interface Ended {
  /** Status, or the signal that it died of. */
  readonly by: number | NodeJS.Signals;
  /** All that it printed, on either stream. */
  readonly output: string;
}

const RUNNER = join(__dirname, '../../../tools/run-ts.js');
const MAIN = join(__dirname, '../src/main.ts');
const PIPELINE = join(__dirname, 'pipeline-child.testing.ts');
const CRASHING_STEMMA = join(__dirname, 'stemma-child.testing.ts');

/** What `crash-points.testing.ts` understands, and for the pipeline alone that it is to watch the hub until it is killed. */
export type CrashSettings = Partial<
  Record<'STEMMA_CRASH' | 'STEMMA_TRACE' | 'STEMMA_WAL_BYTES' | 'STEMMA_WATCH', string>
>;

/** The pipeline alone, one event a transaction, until all is done. */
export function startPipeline(hubUrl: string, dataFolder: string, crash: CrashSettings): Child {
  return startCommand([process.execPath, RUNNER, PIPELINE, hubUrl, dataFolder], crash, 'running');
}

/** `stemma start --once`, its HTTP side included, with points at which it can be killed. */
export function startStemma(hubUrl: string, dataFolder: string, crash: CrashSettings): Child {
  const command = [process.execPath, RUNNER, CRASHING_STEMMA, ...startOn(hubUrl, dataFolder), '--once'];
  return startCommand(command, crash, 'Listening on');
}

/** `stemma start` as people run it. */
export const stemmaCommand = (hubUrl: string, dataFolder: string): readonly string[] => [
  ...[process.execPath, RUNNER, MAIN, ...startOn(hubUrl, dataFolder)],
];

const startOn = (hubUrl: string, dataFolder: string): readonly string[] => [
  ...['start', '--hub', hubUrl, '--data', dataFolder, '--port', '0'],
];

/** Runs a command; it has begun when it prints `beginning`. */
export function startCommand(
  [command, ...args]: readonly string[],
  env: Readonly<Record<string, string>> = {},
  beginning = 'Listening on',
): Child {
  const child = spawn(command!, args, {
    env: { ...process.env, NO_COLOR: '1', ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let output = '';
  let begin = (): void => undefined;
  const begun = new Promise<void>((resolve) => (begin = resolve));
  for (const stream of [child.stdout, child.stderr]) {
    stream.setEncoding('utf8').on('data', (text: string) => {
      output += text;
      if (output.includes(beginning)) begin();
    });
  }
  const ended = new Promise<Ended>((resolve) => {
    child.once('close', (code, signal) => {
      resolve({ by: signal ?? code ?? -1, output });
      begin();
    });
  });
  return { kill: () => child.kill('SIGKILL'), begun, ended };
}
