import { Store } from './index';
import { model, temporaryFolder } from './store.testing';

describe('totals', () => {
  it('count what came after they were first asked for, on an empty store', async () => {
    const place = temporaryFolder();
    const store = await Store.open({ folder: place.folder });
    expect(await store.totals()).toEqual({ models: 0, bytesRead: 0, bytesPublished: 0 });
    const [one, two] = [model('one'), model('two')];
    await store.transaction((tx) => [tx.putModel(one), tx.putModel(two)]);
    expect(await store.totals()).toEqual({
      models: 2,
      bytesRead: one.bytesRead + two.bytesRead,
      bytesPublished: one.bytesPublished + two.bytesPublished,
    });
    await store.close();
    place.remove();
  });
});
