/** Every reason for which a hub's repository cannot be read, now or later. Counted and shown by these words. */
export type HubRejection =
  /** The repository, revision or file is not there; to strangers the Hub says so of private ones too. */
  | 'not-found'
  /** Somebody has to accept the repository's terms first. */
  | 'gated'
  /** The token is not good for it. */
  | 'unauthorized'
  /** Disabled, withheld for legal reasons, or otherwise not served to anybody like us. */
  | 'forbidden'
  /** No file looks like weights. */
  | 'no-weights'
  /** Weights are there, but only in formats that are never opened. */
  | 'unsupported-format'
  | 'too-many-files'
  /** Fewer bytes came than were asked for, every time. */
  | 'truncated'
  /** A range was asked for and something else was answered. */
  | 'range-ignored'
  /** The file is not as long as its listing says. */
  | 'size-mismatch'
  /** The hub led to an address that must not be asked. */
  | 'unsafe-redirect'
  /** Any other refusal that asking again will not change. */
  | 'refused';

/** A bad input, as a value: `detail` is one sentence for a person, with what was expected and what was found. */
export interface HubRejected {
  readonly type: 'rejected';
  readonly reason: HubRejection;
  readonly detail: string;
}

export const rejected = (reason: HubRejection, detail: string): HubRejected => ({
  type: 'rejected',
  reason,
  detail,
});

/** The hub cannot answer now, and was asked as often as the options allow: ask again later, skip nothing. */
export class HubUnavailableError extends Error {
  override readonly name = 'HubUnavailableError';
  readonly retryable = true;
  /** How long the hub wants to be left alone, where it said so. */
  readonly retryAfterMs: number | null;

  constructor(message: string, options: { cause?: unknown; retryAfterMs?: number | null } = {}) {
    super(message, { cause: options.cause });
    this.retryAfterMs = options.retryAfterMs ?? null;
  }
}

/** Carries a rejection up through `@huggingface/hub`, which can only pass on what is thrown; never leaves this library. */
export class Refusal extends Error {
  override readonly name = 'Refusal';

  constructor(readonly rejected: HubRejected) {
    super(rejected.detail);
  }
}

/** Runs `work` and turns a refusal on the way into its value. */
export async function settled<T>(work: () => Promise<T>): Promise<T | HubRejected> {
  try {
    return await work();
  } catch (error) {
    if (error instanceof Refusal) return error.rejected;
    throw error;
  }
}

/** Hostile text made fit for a message: quoted, escaped, and cut to a readable length. */
export function quoted(text: string): string {
  const lengthMax = 80;
  return JSON.stringify(text.length > lengthMax ? `${text.slice(0, lengthMax)}…` : text);
}
