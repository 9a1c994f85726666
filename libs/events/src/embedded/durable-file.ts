import { open, rename } from 'node:fs/promises';

/** Makes names that were created, renamed or removed in a folder durable. */
export async function syncFolder(path: string): Promise<void> {
  const handle = await open(path, 'r');
  try {
    await handle.sync();
  } finally {
    await handle.close();
  }
}

/** Replaces a file's text as a whole: after a crash it holds the old text or the new one. */
export async function replaceFile(folder: string, name: string, text: string): Promise<void> {
  const temporary = `${folder}/${name}.tmp`;
  const handle = await open(temporary, 'w');
  try {
    await handle.writeFile(text);
    await handle.sync();
  } finally {
    await handle.close();
  }
  await rename(temporary, `${folder}/${name}`);
  await syncFolder(folder);
}

/** For `catch`: a file that is not there is no error. */
export function ignoreMissing(error: unknown): undefined {
  const { code } = error as NodeJS.ErrnoException;
  if (code !== 'ENOENT' && code !== 'ENOTDIR') throw error;
}

/** `handle.write` may write less than it was given. */
export async function writeFully(
  handle: {
    write(bytes: Buffer, from: number, length: number, at: number): Promise<{ bytesWritten: number }>;
  },
  bytes: Buffer,
  at: number,
): Promise<void> {
  for (let done = 0; done < bytes.length;) {
    done += (await handle.write(bytes, done, bytes.length - done, at + done)).bytesWritten;
  }
}
