import { writeSync } from 'node:fs';
import { FolderLock } from './folder-lock';

/**
 * Takes the locks of some folders when told the time to begin, 20 ms apart, says which it got, and keeps them.
 */
const [, , ...folders] = process.argv;

process.stdin.once('data', (begin) => {
  for (const [n, folder] of folders.entries()) {
    setTimeout(
      () => {
        FolderLock.take(folder).then(
          () => writeSync(1, `taken ${n}\n`),
          (error: { fault?: string }) => writeSync(1, `refused ${n} ${error.fault}\n`),
        );
      },
      Number(begin) + 20 * n - Date.now(),
    );
  }
});
writeSync(1, 'ready\n');
