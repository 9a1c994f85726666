import { SMALL, step, TOPIC } from './crash-steps.testing';
import { Store, type Boundary } from './store';

/** Steps on from the stored position, saying each number once it is committed; dies at the given boundary. */
async function write(folder: string, dieAt: Boundary | 'never', dieAfter: number): Promise<void> {
  let left = dieAfter;
  const store = await Store.open({
    folder,
    ...SMALL,
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

void write(process.argv[1]!, process.argv[2] as Boundary | 'never', Number(process.argv[3]));
