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
const PIPELINE = join(__dirname, 'pipeline-child.testing.ts');
const STEMMA = join(__dirname, 'stemma-child.testing.ts');

export type CrashSettings = Partial<Record<'STEMMA_CRASH' | 'STEMMA_TRACE' | 'STEMMA_WAL_BYTES', string>>;

/** The pipeline alone, one event a transaction, until all is done. */
export function startPipeline(hubUrl: string, dataFolder: string, crash: CrashSettings = {}): Child {
  return start([PIPELINE, hubUrl, dataFolder], crash, 'running');
}

/** `stemma start --once` as people run it, its HTTP side included. */
export function startStemma(hubUrl: string, dataFolder: string, crash: CrashSettings = {}): Child {
  return start([STEMMA, ...startArguments(hubUrl, dataFolder)], crash, 'Listening on');
}

const startArguments = (hubUrl: string, dataFolder: string): readonly string[] => [
  ...['start', '--hub', hubUrl, '--data', dataFolder, '--port', '0', '--once'],
];

function start(args: readonly string[], crash: CrashSettings, beginning: string): Child {
  const child = spawn(process.execPath, [RUNNER, ...args], {
    env: { ...process.env, ...crash },
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
