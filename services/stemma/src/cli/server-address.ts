import { readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';

const FILE = 'server.json';

/** Leaves the address of a running server in its data folder, for commands that are told only the folder. */
export async function announceServer(dataFolder: string, url: string): Promise<void> {
  await writeFile(join(dataFolder, FILE), `${JSON.stringify({ url, pid: process.pid })}\n`);
}

export async function withdrawServer(dataFolder: string): Promise<void> {
  await rm(join(dataFolder, FILE), { force: true });
}

/** The address a server announced in the folder, or the default one. */
export async function serverAddress(dataFolder: string, portDefault: number): Promise<string> {
  const fallback = `http://127.0.0.1:${portDefault}`;
  const text = await readFile(join(dataFolder, FILE), 'utf8').catch(() => '{}');
  try {
    const { url } = JSON.parse(text) as { url?: unknown };
    return typeof url === 'string' ? url : fallback;
  } catch {
    return fallback;
  }
}
