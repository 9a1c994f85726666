import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { beginWatermark, NO_WATERMARK, readWatermark, writeWatermark } from './watermark';

let folder: string;
let path: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'stemma-'));
  path = join(folder, 'watermark.json');
});
afterEach(() => rm(folder, { recursive: true }));

it('is what was written, and none where nothing was or the file is damaged', async () => {
  expect(await readWatermark(path)).toEqual(NO_WATERMARK);
  await writeWatermark(path, { through: '2026-01-31T00:00:00.000Z' });
  expect(await readWatermark(path)).toEqual({ through: '2026-01-31T00:00:00.000Z' });
  for (const damaged of ['{', 'null', '{"through":7}', '{"through":"soon"}']) {
    await writeFile(path, damaged);
    expect(await readWatermark(path)).toEqual(NO_WATERMARK);
  }
});

it('begins once: a start after a pause goes on from where the listing was walked to', async () => {
  await beginWatermark(path, new Date('2026-01-31T11:00:00Z'));
  expect(await readWatermark(path)).toEqual({ through: '2026-01-31T11:00:00.000Z' });
  await beginWatermark(path, new Date('2026-02-03T11:00:00Z'));
  expect(await readWatermark(path)).toEqual({ through: '2026-01-31T11:00:00.000Z' });
});
