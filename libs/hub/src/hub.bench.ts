import { downloadFile } from '@huggingface/hub';
import { HubServer, memoryFile, syntheticFamily } from '@stemma/zoo';
import { reportFigure } from '../../../tools/bench-report';
import { HubClient } from './hub-client';

/**
 * Ranged reads on loopback: this client against `@huggingface/hub` alone and plain fetch, which check nothing. Client and
 * server share the process, and its CPU time is what is compared, so that other work on the machine does not count.
 */
const FILE = 'model.safetensors';
const MIB = 2 ** 20;
const SIZE = (process.env['QUICK'] === '1' ? 64 : 128) * MIB;

type Read = (begin: number, end: number) => Promise<{ byteLength: number }>;

/** CPU milliseconds per MiB read. */
async function cost(read: Read, sliceBytes: number, atOnce: number): Promise<number> {
  const begins = Array.from({ length: SIZE / sliceBytes }, (_, i) => i * sliceBytes);
  const before = process.cpuUsage();
  const work = async () => {
    for (let begin = begins.pop(); begin !== undefined; begin = begins.pop()) {
      const { byteLength } = await read(begin, begin + sliceBytes);
      if (byteLength !== sliceBytes) throw new Error(`${byteLength} bytes came, expected ${sliceBytes}`);
    }
  };
  await Promise.all(Array.from({ length: atOnce }, work));
  const { user, system } = process.cpuUsage(before);
  return (user + system) / 1000 / (SIZE / MIB);
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
  const names = Object.keys(readers).map((name) => name.padStart(8));
  console.log(`slice MiB  at once   ${names.join(' ')}   CPU ms per MiB`);
  for (const read of Object.values(readers)) await cost(read, MIB, 1); // lets the compiler finish
  for (const [sliceMib, atOnce] of [
    [1, 1],
    [4, 1],
    [16, 1],
    [4, 8],
  ] as const) {
    const costs = new Map<string, number>();
    for (const [name, read] of Object.entries(readers)) {
      costs.set(name, await cost(read, sliceMib * MIB, atOnce));
    }
    const cells = Array.from(costs.values(), (ms) => ms.toFixed(2).padStart(8)).join(' ');
    console.log(`${String(sliceMib).padStart(9)} ${String(atOnce).padStart(8)}   ${cells}`);
    reportFigure({
      figure: `CPU a MiB, slices of ${sliceMib} MiB, ${atOnce} at once`,
      value: costs.get('ours')!,
      unit: 'ms',
      peer: { name: '@huggingface/hub', value: costs.get('library')! },
    });
  }
  console.log(
    `peak memory ${(process.resourceUsage().maxRSS / 1024).toFixed(0)} MiB, of which ${SIZE / MIB} the file`,
  );
  await hub.close();
}

void main();
