export type EventLogFault =
  | 'closed'
  | 'corrupt'
  | 'fenced'
  | 'group-busy'
  | 'locked'
  | 'position-out-of-range'
  | 'too-large'
  | 'topic-differs'
  | 'unknown-topic';

/** The log cannot do this, now or later, until somebody changes something; `fault` says what is the matter. */
export class EventLogError extends Error {
  override readonly name = 'EventLogError';
  readonly retryable = false;

  constructor(
    readonly fault: EventLogFault,
    message: string,
    options?: ErrorOptions,
  ) {
    super(message, options);
  }
}

/** Not now: disk full, queue full, broker away. Nothing that was acknowledged is lost; try again later. */
export class LogUnavailableError extends Error {
  override readonly name = 'LogUnavailableError';
  readonly retryable = true;
}

/**
 * What a failed system call means to the caller: the disk is full, or away, for now. Other errors are passed on
 * as they are.
 */
export function notNow(error: unknown, what: string): unknown {
  const { syscall, message } = error as NodeJS.ErrnoException;
  return syscall === undefined ? error : new LogUnavailableError(`${what}: ${message}`, { cause: error });
}

/** What to do about damage in the folder of a log. */
export const ADVICE_ON_DAMAGE =
  'restore the data folder from a backup, or delete it and start again from nothing';
