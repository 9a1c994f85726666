import { Store } from './store';
import { model } from './store.testing';

/** Opens the folder of its first argument, says so, and holds it until it is killed. */
async function hold(): Promise<void> {
  const store = await Store.open({ folder: process.argv[1]! });
  await store.transaction((tx) => tx.putModel(model('held')));
  console.log('open');
  setInterval(() => store, 1_000);
}

void hold();
