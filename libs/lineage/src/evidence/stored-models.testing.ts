import { readFileSync } from 'node:fs';
import path from 'node:path';
import { decodeSketch, encodeSketch, observeWeights, sketchWeights, toObservation } from '@stemma/sketch';
import { readModel, wholeReads } from '@stemma/weights';
import { ZOO } from './evidence.testing';
import type { Observation } from './observation';

/** What is kept of a model: its sketch, as a store has it, or all of its weights. */
export type SeenAs = 'sketch' | 'weights';

export interface StoredModel {
  /** `<graph>/<tree>/<name>`, or `<tree>/<name>`. */
  readonly model: string;
  readonly tree: string;
  readonly parent: string | null;
  /** What its truth file says besides. */
  readonly facts: Readonly<Record<string, unknown>>;
  readonly observation: Observation;
}

type TruthFile = Record<string, Record<string, { parent: string | null } & Record<string, unknown>>>;

/** The models of a folder of the zoo whose tree the pattern fits, all or some, in the order of its truth. */
export async function storedModels(
  folder: 'models' | 'pretrained' | 'twins',
  trees: RegExp,
  as: SeenAs,
  some: (name: string, parent: string | null) => boolean = () => true,
): Promise<StoredModel[]> {
  const truth = JSON.parse(readFileSync(path.join(ZOO, folder, 'truth.json'), 'utf8')) as TruthFile;
  const models: StoredModel[] = [];
  for (const [tree, members] of Object.entries(truth)) {
    if (!trees.test(tree)) continue;
    for (const [name, { parent, ...facts }] of Object.entries(members)) {
      if (!some(name, parent)) continue;
      const observation = await observe(path.join(ZOO, folder, tree, `${name}.safetensors`), as);
      models.push({
        model: `${tree}/${name}`,
        tree,
        parent: parent && `${tree}/${parent}`,
        facts,
        observation,
      });
    }
  }
  return models;
}

/** Reads a file as the sketcher reads one on a hub; the sketch takes the way through its bytes. */
async function observe(file: string, as: SeenAs): Promise<Observation> {
  const bytes = new Uint8Array(readFileSync(file));
  const files = [{ path: 'model.safetensors', size: bytes.byteLength, hash: null }];
  const source = { files, read: async (_: number, begin: number, end: number) => bytes.slice(begin, end) };
  const read = await readModel(source, as === 'weights' ? wholeReads : {});
  if (read.type === 'rejected') throw new Error(`${file}: ${read.detail}`);
  if (as === 'weights') return observeWeights(read);
  const decoded = decodeSketch(encodeSketch(sketchWeights(read)));
  if (decoded.type === 'rejected') throw new Error(`${file}: ${decoded.detail}`);
  return toObservation(decoded.sketch);
}
