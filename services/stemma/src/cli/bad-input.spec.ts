import { join } from 'node:path';
import { floatBytes, safetensorsFile } from '@stemma/zoo';
import { smallTree, weightFiles, withFolder, writeFiles } from '../evaluate/family-folder.testing';
import { runStemma, type Ran } from './run-stemma.testing';

const { weights, truth } = smallTree(1);
const good = weightFiles('', { weights, truth });

/** A model's file with other numbers in it. */
function numbersChanged(file: Uint8Array, change: (numbers: Float32Array) => void): Uint8Array {
  const changed = Uint8Array.from(file);
  const begin = 8 + Number(new DataView(changed.buffer).getBigUint64(0, true));
  const numbers = new Float32Array(changed.slice(begin).buffer);
  change(numbers);
  changed.set(new Uint8Array(numbers.buffer), begin);
  return changed;
}

const other = {
  dtype: 'F32',
  shape: [16, 16],
  bytes: floatBytes(
    Float64Array.from({ length: 256 }, (_, i) => Math.sin(i)),
    'F32',
  ),
} as const;

/** Files that no model can be read from. */
const broken: Record<string, string | Uint8Array> = {
  'cut.safetensors': weights.m1!.subarray(0, 1_000),
  'empty.safetensors': '',
  'page.safetensors': '<!DOCTYPE html><html><body>Access denied</body></html>',
  'pointer.safetensors': 'version https://git-lfs.github.com/spec/v1\noid sha256:4d7a\nsize 12345\n',
};

/** Files that can be read, with something odd in them. */
const odd: Record<string, string | Uint8Array> = {
  'copy.safetensors': weights.m2!,
  'nan.safetensors': numbersChanged(weights.m3!, (numbers) => numbers.fill(NaN)),
  'some-infinite.safetensors': numbersChanged(weights.m3!, (numbers) => numbers.fill(Infinity, 0, 9_000)),
  'one-constant.safetensors': numbersChanged(weights.m3!, (numbers) => numbers.fill(0.25, 0, 48 * 48)),
  'zeros.safetensors': numbersChanged(weights.m3!, (numbers) => numbers.fill(0)),
  'other-architecture.safetensors': safetensorsFile({
    'encoder.layer.0.attention.query.weight': other,
    'encoder.layer.1.attention.query.weight': other,
  }),
};

/** Runs on a folder called `models` with these files in it. */
const inFolder = (
  files: Readonly<Record<string, string | Uint8Array>>,
  run: (folder: string, beside: string) => Promise<Ran>,
): Promise<Ran> =>
  withFolder(async (beside) => {
    const folder = join(beside, 'models');
    await writeFiles(folder, { 'notes.txt': 'no model', ...files });
    return run(folder, beside);
  });

const recover = (files: Readonly<Record<string, string | Uint8Array>>, ...flags: string[]): Promise<Ran> =>
  inFolder(files, (folder) => runStemma('recover', folder, ...flags));

const widest = (text: string): number => Math.max(...text.split('\n').map((line) => line.length));
/** As it would be said on an endless line. */
const unwrapped = (text: string): string => text.replace(/\n {2}(?=\S)/g, ' ');

/** Every one of these starts a process that compiles what it runs. */
const TIMEOUT_MS = 120_000;

describe('stemma recover', () => {
  it(
    'says what it left out and why, and what is odd about the rest, on 80 columns',
    async () => {
      const { code, stdout, stderr } = await recover({ ...good, ...broken, ...odd });
      expect([code, stderr]).toEqual([0, '']);
      expect(widest(stdout)).toBeLessThanOrEqual(80);
      const said = unwrapped(stdout).split('\n');
      expect(said).toEqual(
        expect.arrayContaining([
          '10 models in 4 trees, 4 left out',
          'nan: None of the 16128 numbers looked at is finite.',
          'other-architecture: No other model here has its architecture, so it was compared with none.',
          'zeros: Each of its matrices is one number all over.',
          'cut was left out: header-truncated. "cut.safetensors": The header says it ends at byte 1280, but the file has 1000 bytes.',
          'empty was left out: header-truncated. "empty.safetensors": A safetensors file begins with 8 bytes of header length; this one has 0 bytes.',
          'page was left out: header-too-large. "page.safetensors": It begins with the text "<!DOCTYP": it is no safetensors file.',
          'pointer was left out: header-too-large. "pointer.safetensors": It begins with the text "version ": it is no safetensors file, but a pointer to one that Git LFS has not fetched yet.',
        ]),
      );
      expect(stdout).toMatch(/^some-infinite: \d+ of the 16128 numbers looked at are not finite and count$/m);
      expect(stdout).toMatch(/─ (m2|copy) +duplicate 0\.\d\d uncertain$/m);
    },
    TIMEOUT_MS,
  );

  it(
    'gives the same as JSON: the family stands, whatever lies beside it',
    async () => {
      const { code, stdout } = await recover({ ...good, ...broken, ...odd }, '--json');
      expect(code).toBe(0);
      const { models, remarks, unreadable } = JSON.parse(stdout) as {
        models: { model: string; parent: string | null }[];
        remarks: { model: string; reason: string }[];
        unreadable: { model: string; reason: string }[];
      };
      const parents = Object.fromEntries(models.map(({ model, parent }) => [model, parent]));
      expect(parents).toMatchObject({
        m0: null,
        m1: 'm0',
        nan: null,
        zeros: null,
        'other-architecture': null,
      });
      // Which of two copies came first, nobody can tell.
      expect([
        ['m0', 'm2'],
        ['copy', 'm0'],
      ]).toContainEqual([parents.m2, parents.copy].map(String).sort());
      // One of three that are the same but for what is broken hangs below m1, the others below it.
      const same = ['m3', 'some-infinite', 'one-constant'];
      expect(same.filter((model) => parents[model] === 'm1')).toHaveLength(1);
      expect(same.filter((model) => same.includes(parents[model]!))).toHaveLength(2);
      expect(remarks.map(({ model, reason }) => `${model} ${reason}`)).toEqual([
        'nan nothing-to-compare',
        'other-architecture only-of-its-architecture',
        'some-infinite not-finite',
        'zeros nothing-to-compare',
      ]);
      expect(unreadable.map(({ model, reason }) => `${model} ${reason}`)).toEqual([
        'cut header-truncated',
        'empty header-truncated',
        'page header-too-large',
        'pointer header-too-large',
      ]);
    },
    TIMEOUT_MS,
  );

  it(
    'draws one model alone as a root',
    async () => {
      const { code, stdout } = await recover({ 'only.safetensors': weights.m0! });
      expect([code, stdout]).toEqual([0, 'only\n1 model in 1 tree\n']);
    },
    TIMEOUT_MS,
  );

  it(
    'ends with 1 where nothing could be read, after it has said why',
    async () => {
      const { code, stdout, stderr } = await recover(broken);
      expect([code, stderr]).toEqual([1, 'None of the models could be read.\n']);
      expect(stdout).toMatch(/^0 models in 0 trees, 4 left out\ncut was left out: header-truncated\. /);
    },
    TIMEOUT_MS,
  );

  it(
    'ends with 2 and one sentence where there is nothing to read',
    async () => {
      const empty = await recover({});
      expect([empty.code, empty.stdout]).toEqual([2, '']);
      expect(empty.stderr).toMatch(/^\S+models holds no safetensors files\.\n$/);
      const nowhere = await inFolder({}, (folder) => runStemma('recover', `${folder}/nowhere`));
      expect(nowhere.code).toBe(2);
      expect(nowhere.stderr).toMatch(
        /^\S+nowhere cannot be read: name a folder that holds safetensors files\.\n$/,
      );
    },
    TIMEOUT_MS,
  );
});

describe('stemma eval', () => {
  it(
    'says what it left out and counts the rest',
    async () => {
      const files = { ...good, 'truth.json': JSON.stringify({ ...truth, cut: { parent: 'm1' } }) };
      const { code, stdout } = await inFolder(
        { ...files, 'cut.safetensors': broken['cut.safetensors']! },
        (folder) => runStemma('eval', folder),
      );
      expect(code).toBe(0);
      expect(stdout).toMatch(/^models +1\.000 +1\.000 /m);
      expect(unwrapped(stdout)).toMatch(/^models\/cut was left out: header-truncated\. /m);
    },
    TIMEOUT_MS,
  );

  it(
    'ends with 2 where none of the models of a graph can be read: nothing is as good as right',
    async () => {
      const files = {
        ...broken,
        'truth.json': JSON.stringify({ cut: { parent: null }, page: { parent: 'cut' } }),
      };
      const { code, stdout, stderr } = await inFolder(files, (folder) => runStemma('eval', folder));
      expect([code, stdout]).toEqual([2, '']);
      expect(stderr).toMatch(/^None of the models of models can be read; models\/cut: .*1000 bytes\.\n$/);
    },
    TIMEOUT_MS,
  );

  it(
    'ends with 2 and one sentence where there is no truth',
    async () => {
      const { code, stdout, stderr } = await inFolder(good, (folder) => runStemma('eval', folder));
      expect([code, stdout]).toEqual([2, '']);
      expect(stderr).toMatch(/needs a truth\.json beside its models\.\n$/);
    },
    TIMEOUT_MS,
  );
});

describe('stemma index', () => {
  const index = (files: Readonly<Record<string, string | Uint8Array>>, ...flags: string[]): Promise<Ran> =>
    inFolder(files, (folder, beside) => runStemma('index', folder, '--data', join(beside, 'data'), ...flags));

  it(
    'says what it left out and why, on 80 columns',
    async () => {
      const { code, stdout } = await index({ ...good, ...broken, ...odd });
      expect(code).toBe(0);
      expect(widest(stdout)).toBeLessThanOrEqual(80);
      expect(stdout).toMatch(
        /^10 models indexed, 4 left out\.\nmodels\/cut was left out: header-truncated\. /,
      );
      expect(unwrapped(stdout)).toMatch(
        /^models\/page was left out: header-too-large\. .* no safetensors file\.$/m,
      );
    },
    TIMEOUT_MS,
  );

  it(
    'ends with 1 where nothing could be read',
    async () => {
      const { code, stdout, stderr } = await index(broken, '--json');
      expect(code).toBe(1);
      expect(stderr).toMatch(/None of the models could be read\.\n$/);
      expect(JSON.parse(stdout)).toMatchObject({ models: 0, leftOut: [{ model: 'models/cut' }, {}, {}, {}] });
    },
    TIMEOUT_MS,
  );

  it(
    'ends with 2 and one sentence where there is nothing to read',
    async () => {
      const { code, stderr } = await index({});
      expect(code).toBe(2);
      expect(stderr).toMatch(/^\S+models holds no safetensors files\.\n$/);
    },
    TIMEOUT_MS,
  );
});
