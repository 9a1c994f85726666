import { UsageError } from './usage-error';

/** How a process ends; sysexits.h where it has a word for it. */
export const EXIT = { done: 0, usage: 2, unavailable: 69, fault: 70 } as const;

export type ExitCode = (typeof EXIT)[keyof typeof EXIT];

/** What a person can mend is wrong usage, what may mend itself is unavailable, anything else is a fault of ours. */
export function exitCodeOf(error: unknown): ExitCode {
  if (error instanceof UsageError) return EXIT.usage;
  if (!(error instanceof Error) || !('retryable' in error)) return EXIT.fault;
  return error.retryable === true ? EXIT.unavailable : EXIT.usage;
}

/** "Not now": worth another try after a wait. */
export const isRetryable = (error: unknown): error is Error =>
  error instanceof Error && 'retryable' in error && error.retryable === true;
