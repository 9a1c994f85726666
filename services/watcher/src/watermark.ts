import { readFile } from 'node:fs/promises';
import { basename, dirname } from 'node:path';
import { notNow, replaceFile } from '@stemma/events';

/** How far the hub's listing has been walked to its end. */
export interface Watermark {
  /** ISO time of the newest change that a completed walk has seen; null before the first. */
  readonly through: string | null;
}

export const NO_WATERMARK: Watermark = { through: null };

/** Reads the watermark, or {@link NO_WATERMARK} when there is none yet. A damaged file only costs a longer walk. */
export async function readWatermark(path: string): Promise<Watermark> {
  try {
    const stored: unknown = JSON.parse(await readFile(path, 'utf8'));
    const through = (stored as { through?: unknown } | null)?.through;
    return typeof through === 'string' && !Number.isNaN(Date.parse(through)) ? { through } : NO_WATERMARK;
  } catch (error) {
    if (error instanceof SyntaxError || (error as NodeJS.ErrnoException).code === 'ENOENT')
      return NO_WATERMARK;
    throw error;
  }
}

/** Where there is no watermark yet, the first walk goes back to `through` and not to the beginning of the hub. */
export async function beginWatermark(path: string, through: Date): Promise<void> {
  if ((await readWatermark(path)).through === null)
    await writeWatermark(path, { through: through.toISOString() });
}

/**
 * Replaces the watermark so that a crash leaves the old one or the new one.
 *
 * @throws LogUnavailableError where the disk is full or away: the walk is made again
 */
export async function writeWatermark(path: string, watermark: Watermark): Promise<void> {
  try {
    await replaceFile(dirname(path), basename(path), JSON.stringify(watermark));
  } catch (error) {
    throw notNow(error, `${path} could not be written`);
  }
}
