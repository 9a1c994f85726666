/** Why a store cannot be used, or not by this caller. */
export type StoreFault =
  | 'in-use' // another process, or another part of this one, has the data folder open
  | 'damaged' // the bytes on disk are not the bytes that were written
  | 'migration-changed' // a migration was edited after it had been applied
  | 'newer-schema' // the data folder was written by a newer Stemma
  | 'unusable' // the data folder cannot be opened: the cause says why
  | 'fenced' // another owner has claimed the partition since
  | 'closed';

/** The store cannot do this until somebody changes something; `fault` says what is the matter. */
export class StoreError extends Error {
  override readonly name = 'StoreError';
  readonly retryable = false;

  constructor(
    readonly fault: StoreFault,
    message: string,
    options?: ErrorOptions,
  ) {
    super(message, options);
  }
}

/** Not now: disk full, memory limit reached, too many waiting. Nothing was changed; try again later. */
export class StoreUnavailableError extends Error {
  override readonly name = 'StoreUnavailableError';
  readonly retryable = true;
}

/** What to do about damage in the folder of a store. */
export const adviceOnDamage = (folder: string): string =>
  `restore ${folder} from a backup, or delete it and start again: it is built anew from the log`;
