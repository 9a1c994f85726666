import { stat } from 'node:fs/promises';
import type { NamedObservation, TrueModel } from '@stemma/lineage';
import {
  encodeSketch,
  decodeSketch,
  observeWeights,
  sketchWeights,
  toObservation,
  type SketchOptions,
} from '@stemma/sketch';
import { readModel, wholeReads, type ReadModel } from '@stemma/weights';
import { folderSource } from '../../folder/folder-source';
import { readTruths, type OnWork } from '../evaluate-folder';
import type { TruthModel } from '../truth';

/** A graph with all that was read of its models, so that they can be observed in many ways. */
export interface Family {
  readonly graph: string;
  readonly truth: readonly TrueModel[];
  readonly models: readonly FamilyModel[];
}

export interface FamilyModel {
  readonly model: string;
  /** What the sketcher reads. */
  readonly sample: ReadModel;
  readonly whole: ReadModel;
}

/** Reads all graphs of some folders. Throws where a model cannot be read: the families of the repository are whole. */
export async function readFamilies(folders: readonly string[], onWork?: OnWork): Promise<Family[]> {
  const graphs = await readTruths(folders);
  const total = [...graphs.values()].reduce((sum, { length }) => sum + length, 0);
  const families: Family[] = [];
  let done = 0;
  for (const [graph, truth] of graphs) {
    const models: FamilyModel[] = [];
    for (const model of truth) {
      models.push(await readFamilyModel(model));
      onWork?.(++done, total, `reading ${graph}`);
    }
    families.push({
      graph,
      models,
      truth: truth.map(({ id, tree, parents }) => ({ model: id, tree, parents })),
    });
  }
  return families;
}

async function readFamilyModel({ id, path }: TruthModel): Promise<FamilyModel> {
  const { size, mtime } = await stat(path);
  const source = folderSource([{ path: 'model.safetensors', size, absolutePath: path, modifiedAt: mtime }]);
  const [sample, whole] = [await readModel(source), await readModel(source, wholeReads)];
  if (sample.type === 'rejected') throw new Error(`${path}: ${sample.detail}`);
  if (whole.type === 'rejected') throw new Error(`${path}: ${whole.detail}`);
  return { model: id, sample, whole };
}

/** Sketches as the store would hold them. */
export const sketchesOf = remembered(({ models }: Family): NamedObservation[] =>
  models.map(({ model, sample }) => {
    const decoded = decodeSketch(encodeSketch(sketchWeights(sample)));
    if (decoded.type === 'rejected') throw new Error(`${model}: ${decoded.detail}`);
    return { model, observation: toObservation(decoded.sketch) };
  }),
);

/** Sketches of another size than the format allows. */
export const sketchesOfSize = ({ models }: Family, options: Partial<SketchOptions>): NamedObservation[] =>
  models.map(({ model, sample }) => ({ model, observation: toObservation(sketchWeights(sample, options)) }));

export const weightsOf = remembered(({ models }: Family): NamedObservation[] =>
  models.map(({ model, whole }) => ({ model, observation: observeWeights(whole) })),
);

function remembered<T>(look: (family: Family) => T): (family: Family) => T {
  const known = new WeakMap<Family, T>();
  return (family) => {
    const found = known.get(family) ?? look(family);
    known.set(family, found);
    return found;
  };
}
