import type { ModelPublished, ModelSketched } from '@stemma/events';
import type { DescribedModel, HubRejected } from '@stemma/hub';
import { encodeSketch, sketchWeights } from '@stemma/sketch';
import { readModel, type ModelSource } from '@stemma/weights';

/** What the sketcher asks of a hub. Both throw `HubUnavailableError` for "not now". */
export interface WeightsHub {
  describe(repo: string, revision: string): Promise<DescribedModel | HubRejected>;
  reader(repo: string, sha: string, files: DescribedModel['files']): WeightsReader;
}

/** Ranged reads of one revision's files; a refused read ends the work and is its result. */
export interface WeightsReader {
  through<T>(work: (source: ModelSource) => Promise<T>): Promise<T | HubRejected>;
}

export interface SketchedRevision {
  readonly type: 'sketched';
  readonly data: ModelSketched['data'];
}

/** Why a revision cannot be sketched, now or ever. */
export interface RefusedRevision {
  readonly type: 'rejected';
  readonly reason: string;
  readonly detail: string;
}

/** Reads a sample of one revision's weights and sketches it (DESIGN 3.1 to 3.3). */
export async function sketchRevision(
  published: ModelPublished['data'],
  hub: WeightsHub,
  readBytesMax: number,
): Promise<SketchedRevision | RefusedRevision> {
  const { repo, sha } = published;
  const described = published.files.length > 0 ? published : await hub.describe(repo, sha);
  if ('type' in described && described.type === 'rejected') return described;
  const { files, claim, createdAt } = described;
  const read = await hub.reader(repo, sha, files).through((source) => readModel(source, { readBytesMax }));
  if (read.type === 'rejected') return read;
  const sketch = Buffer.from(encodeSketch(sketchWeights(read))).toString('base64');
  const { architecture, bytesRead, bytesPublished } = read;
  const identity = { hub: published.hub, repo, sha, createdAt, claim, deleted: false };
  return { type: 'sketched', data: { ...identity, architecture, sketch, bytesRead, bytesPublished } };
}
