import { downloadFile } from '@huggingface/hub';
import { HubServer, memoryFile, syntheticFamily } from '@stemma/zoo';
import { HubClient } from './hub-client';

/** Ranged reads on loopback: this client against `@huggingface/hub` alone and plain fetch, which check nothing. */
const FILE = 'model.safetensors';
const SIZE = 256 * 2 ** 20;
const MIB = 2 ** 20;

type Read = (begin: number, end: number) => Promise<{ byteLength: number }>;

async function mebibytesPerSecond(read: Read, sliceBytes: number, atOnce: number): Promise<number> {
  const begins = Array.from({ length: SIZE / sliceBytes }, (_, i) => i * sliceBytes);
  const startedAt = performance.now();
  const work = async () => {
    for (let begin = begins.pop(); begin !== undefined; begin = begins.pop()) {
      const { byteLength } = await read(begin, begin + sliceBytes);
      if (byteLength !== sliceBytes) throw new Error(`${byteLength} bytes came, expected ${sliceBytes}`);
    }
  };
  await Promise.all(Array.from({ length: atOnce }, work));
  return SIZE / MIB / ((performance.now() - startedAt) / 1000);
}

async function main(): Promise<void> {
  const [model] = syntheticFamily({ seed: 1, models: 1, width: 8 }).models;
  if (model === undefined) throw new Error('no model');
  const hub = await HubServer.start({
    models: [{ ...model, files: [memoryFile(FILE, new Uint8Array(SIZE))] }],
  });
  const { repo, sha } = model;
  const url = `${hub.url}/${repo}/resolve/${sha}/${FILE}`;
  const reader = new HubClient({ url: hub.url }).reader(repo, sha, [{ path: FILE, size: SIZE, hash: null }]);
  const blob = await downloadFile({ repo, path: FILE, hubUrl: hub.url, xet: false });
  const readers: Record<string, Read> = {
    ours: async (begin, end) => {
      const bytes = await reader.read(FILE, begin, end);
      if ('type' in bytes) throw new Error(bytes.detail);
      return bytes;
    },
    library: async (begin, end) => (blob ? blob.slice(begin, end).arrayBuffer() : new ArrayBuffer(0)),
    fetch: async (begin, end) =>
      (await fetch(url, { headers: { range: `bytes=${begin}-${end - 1}` } })).arrayBuffer(),
  };
  console.log(
    'slice MiB  at once   ' +
      Object.keys(readers)
        .map((name) => name.padStart(8))
        .join(' ') +
      '   MiB/s',
  );
  for (const [sliceMib, atOnce] of [
    [1, 1],
    [4, 1],
    [16, 1],
    [4, 8],
  ] as const) {
    const speeds: number[] = [];
    for (const read of Object.values(readers))
      speeds.push(await mebibytesPerSecond(read, sliceMib * MIB, atOnce));
    console.log(
      `${String(sliceMib).padStart(9)} ${String(atOnce).padStart(8)}   ` +
        speeds.map((s) => s.toFixed(0).padStart(8)).join(' '),
    );
  }
  console.log(
    `peak memory ${(process.resourceUsage().maxRSS / 1024).toFixed(0)} MiB, of which ${SIZE / MIB} the file`,
  );
  await hub.close();
}

void main();
