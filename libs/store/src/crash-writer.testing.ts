import { SMALL, step, TOPIC } from './crash-steps.testing';
import { Store, type Boundary } from './store';
import type { StoreError } from './store-error';

/**
 * Steps on from the stored position, saying each number once it is committed; dies at the given boundary, or tells
 * what it failed with.
 */
async function write(
  folder: string,
  dieAt: Boundary | 'never',
  dieAfter: number,
  walMaxBytes: number,
): Promise<void> {
  let left = dieAfter;
  const store = await Store.open({
    folder,
    ...SMALL,
    walMaxBytes,
    onBoundary: (boundary) => {
      if (boundary === dieAt && left-- === 0) process.kill(process.pid, 'SIGKILL');
    },
  });
  const claim = await store.claimPartition(TOPIC, 0);
  for (let n = claim.next ?? 0; ; n++) {
    await store.transaction((tx) => step(tx, n), claim);
    console.log(`done ${n}`);
    if (n % 5 === 4) await store.outboxSent(n - 2);
  }
}

const [, folder, dieAt, dieAfter, walMaxBytes] = process.argv;
write(folder!, dieAt as Boundary | 'never', Number(dieAfter), Number(walMaxBytes)).catch((error: unknown) => {
  const { name, fault, message } = error as StoreError;
  console.log(`failed ${JSON.stringify({ name, fault, message })}`);
  process.exit(1);
});
