import { dirname } from 'node:path';
import { isNativeError } from 'node:util/types';

import { adviceOnDamage, StoreError, StoreUnavailableError } from './store-error';

const LOCKED = /Could not set lock on file|already opened in|Conflicting lock/;
const HOLDER = /\(PID (\d+)\)/;
const DAMAGED =
  /Corrupt database file|checksum|not a valid DuckDB database|replaying WAL|Corrupt(ed)? |deserializ/i;
/** After these the instance refuses everything; a checkpoint on a full disk is one. */
const FATAL = /^FATAL Error|database has been invalidated/;
const FULL = /No space left on device|Disk quota exceeded|File too large|Could not write all bytes/;

/**
 * What an error of DuckDB means to the caller. DuckDB gives plain errors without a code, so this is the one place
 * that reads message text; what it does not know it passes on as it is.
 */
export function fromDuckDb(error: unknown, file: string): unknown {
  if (!isNativeError(error) || error instanceof StoreError || error instanceof StoreUnavailableError)
    return error;
  const { message } = error;
  if (LOCKED.test(message)) {
    const pid = HOLDER.exec(message)?.[1];
    const who = pid === undefined ? 'another Stemma' : `another Stemma (PID ${pid})`;
    return new StoreError('in-use', `${who} uses this data folder: ${file}`, { cause: error });
  }
  if (DAMAGED.test(message)) {
    const damage = `${file} is damaged (${firstLine(message)}): ${adviceOnDamage(dirname(file))}`;
    return new StoreError('damaged', damage, { cause: error });
  }
  if (FATAL.test(message)) {
    const failed = `${file} has failed and must be opened anew (${firstLine(message)})`;
    return new StoreError('unusable', failed, { cause: error });
  }
  if (FULL.test(message))
    return new StoreUnavailableError(`the disk of ${file} is full: make room`, { cause: error });
  if (message.startsWith('Out of Memory Error')) {
    return new StoreUnavailableError(`the memory limit of ${file} is reached`, { cause: error });
  }
  return error;
}

function firstLine(message: string): string {
  return message.split('\n', 1)[0]!;
}
