import { readModel } from '@stemma/weights';
import type { ReadModel } from '@stemma/weights';
import { reportFigure } from '../../../tools/bench-report';
import { LLAMA_7B, transformer, virtualModel } from '../../weights/src/safetensors.testing';
import { decodeSketch, encodeSketch } from './codec';
import { fingerprintDistance } from './fingerprint';
import { toObservation } from './observation';
import { sketchWeights } from './sketch';

/**
 * Megabytes a second of sketching what is read of a 7B model, against plain decoding of the same bytes in the same run: the floor
 * under anything that looks at every number. Seeded; prints best and median of the rounds.
 */
const ROUNDS = 9;

function measure(work: () => unknown): { best: number; median: number } {
  for (let warmUp = 0; warmUp < 3; warmUp++) work();
  const times = Array.from({ length: ROUNDS }, () => {
    const begin = performance.now();
    work();
    return performance.now() - begin;
  }).sort((a, b) => a - b);
  return { best: times[0]!, median: times[ROUNDS >> 1]! };
}

function report(name: string, work: () => unknown, megabytes: number, against?: number): number {
  const { best, median } = measure(work);
  const speed = megabytes > 0 ? `${(megabytes / (best / 1e3)).toFixed(0).padStart(6)} MB/s` : ''.padStart(11);
  const ratio = against === undefined ? '' : `  ${(best / against).toFixed(1)} × decoding`;
  console.log(
    `${name.padEnd(34)} best ${best.toFixed(2).padStart(8)} ms  median ${median.toFixed(2).padStart(8)} ms  ${speed}${ratio}`,
  );
  return best;
}

async function readWith(dtype: 'BF16' | 'F16' | 'F32'): Promise<ReadModel> {
  const model = await readModel(virtualModel(transformer({ ...LLAMA_7B, dtype }), 2));
  if (model.type === 'rejected') throw new Error(model.detail);
  return model;
}

async function main(): Promise<void> {
  for (const dtype of ['BF16', 'F16', 'F32'] as const) {
    const model = await readWith(dtype);
    const parts = [...model.slabs, ...(model.embedding === null ? [] : [model.embedding])];
    const megabytes = parts.reduce((sum, { bytes }) => sum + bytes.byteLength, 0) / 1e6;
    console.log(`7B ${dtype}: ${megabytes.toFixed(1)} MB of rows`);
    const decoding = report('  decode', () => parts.map((part) => part.values().length), megabytes);
    const sketching = report('  sketch (decoding included)', () => sketchWeights(model), megabytes, decoding);
    reportFigure({
      figure: `sketching a 7B model of ${dtype}`,
      value: sketching,
      unit: 'ms',
      peer: { name: 'decoding alone', value: decoding },
    });
    const sketch = sketchWeights(model);
    const bytes = encodeSketch(sketch);
    console.log(`  ${bytes.byteLength} bytes of sketch`);
    reportFigure({
      figure: `size of a sketch of ${dtype}`,
      value: bytes.byteLength / 1_024,
      unit: 'KiB',
      limit: { atMost: dtype === 'F32' ? 192 : 128 },
    });
    report('  encode', () => encodeSketch(sketch), 0);
    report('  decode the sketch', () => decodeSketch(bytes), 0);
    report('  observe', () => toObservation(sketch), 0);
    report(
      '  fingerprint distance, 1,000 times',
      () => Array.from({ length: 1_000 }, () => fingerprintDistance(sketch.fingerprint, sketch.fingerprint)),
      0,
    );
  }
}

if (require.main === module) void main();
