import 'reflect-metadata';
import { CommanderError } from 'commander';
import pc from 'picocolors';
import { NotRunningError, RefusedError } from './cli/query-client';
import { buildProgram } from './cli/program';
import { UsageError } from './cli/usage-error';
import { verbs } from './cli/verbs';

/** sysexits.h where it has a word for it. */
const EXIT = { no: 1, usage: 2, unavailable: 69, fault: 70 } as const;

async function main(): Promise<number> {
  const program = buildProgram(verbs).exitOverride();
  for (const command of program.commands) command.exitOverride();
  try {
    await program.parseAsync(process.argv);
    return 0;
  } catch (error) {
    if (error instanceof CommanderError) return error.exitCode === 0 ? 0 : EXIT.usage;
    return report(error);
  }
}

/** What a person can mend is said in a sentence; a fault of ours keeps its stack. */
function report(error: unknown): number {
  if (error instanceof UsageError || error instanceof RefusedError) {
    console.error(pc.red(error.message));
    return error instanceof UsageError ? EXIT.usage : EXIT.no;
  }
  if (error instanceof Error && 'retryable' in error) {
    console.error(pc.red(error.message));
    return error.retryable === true || error instanceof NotRunningError ? EXIT.unavailable : EXIT.usage;
  }
  console.error(error);
  return EXIT.fault;
}

/** A reader that goes away (`| head`) is no fault. */
process.stdout.on('error', (error: NodeJS.ErrnoException) => {
  if (error.code === 'EPIPE') process.exit(0);
  throw error;
});

void main().then((code) => {
  process.exitCode = code;
});
