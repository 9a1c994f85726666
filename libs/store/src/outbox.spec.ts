import { Store } from './index';
import { temporaryFolder } from './store.testing';

const MANY = 1_500;
const message = (at: number) => ({ topic: 't', partition: 0, key: `k${at}`, payload: `{"at":${at}}` });
const messages = (first: number, count: number) =>
  Array.from({ length: count }, (_, i) => message(first + i));
const pendingFrom = (first: number, count: number) =>
  messages(first, count).map((each, i) => ({ seq: first + i + 1, ...each }));

let place: ReturnType<typeof temporaryFolder>;
let store: Store;

beforeEach(async () => {
  place = temporaryFolder();
  store = await Store.open({ folder: place.folder });
});
afterEach(async () => {
  await store.close();
  place.remove();
});

it.each([
  ['few', 10],
  ['more than memory keeps', MANY],
])('has the same messages in memory, in the database and after a restart: %s', async (_name, count) => {
  await store.transaction((tx) => tx.putOutbox(messages(0, count - 5)));
  await store.transaction((tx) => tx.putOutbox(messages(count - 5, 5)));
  for (const restart of [false, true]) {
    if (restart) await store.close();
    if (restart) store = await Store.open({ folder: place.folder });
    expect(await store.outboxPending(MANY)).toEqual(pendingFrom(0, count));
    expect(await store.outboxPending(3)).toEqual(pendingFrom(0, 3));
  }
  await store.outboxSent(count - 2);
  expect(await store.outboxPending(MANY)).toEqual(pendingFrom(count - 2, 2));
  await store.transaction((tx) => tx.putOutbox(messages(count, 1)));
  expect(await store.outboxPending(MANY)).toEqual(pendingFrom(count - 2, 3));
  await store.outboxSent(count + 1);
  expect(await store.outboxPending(MANY)).toEqual([]);
  await store.transaction((tx) => tx.putOutbox(messages(count + 1, 1)));
  expect(await store.outboxPending(MANY)).toEqual(pendingFrom(count + 1, 1));
});

it('has no message of a transaction that failed, and none twice', async () => {
  const failed = store.transaction((tx) => {
    tx.putOutbox(messages(0, 1));
    tx.advance('never claimed', 0, null, 1);
  });
  await expect(failed).rejects.toThrow('never claimed');
  expect(await store.outboxPending(9)).toEqual([]);
  await store.transaction((tx) => tx.putOutbox(messages(0, 2)));
  await store.outboxSent(1);
  expect(await store.outboxPending(9)).toEqual(pendingFrom(1, 1));
  await store.close();
  await expect(store.outboxPending(9)).rejects.toMatchObject({ fault: 'closed' });
});
