import { open } from 'node:fs/promises';
import type { ModelSource } from '@stemma/weights';
import type { FolderFile } from './list-folder';

/** A model on disk, read by ranges like one on a hub. A file that got shorter since it was listed reads short. */
export function folderSource(files: readonly FolderFile[]): ModelSource {
  return {
    files: files.map(({ path, size }) => ({ path, size, hash: null })),
    read: (file, begin, end) => readRange((files[file] as FolderFile).absolutePath, begin, end),
  };
}

async function readRange(path: string, begin: number, end: number): Promise<Uint8Array> {
  const handle = await open(path, 'r');
  try {
    const bytes = Buffer.alloc(end - begin);
    const { bytesRead } = await handle.read(bytes, 0, bytes.byteLength, begin);
    return bytes.subarray(0, bytesRead);
  } finally {
    await handle.close();
  }
}
