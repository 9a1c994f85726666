import assert from 'node:assert/strict';
import type { NewRecord } from '@stemma/events';
import {
  memoryFile,
  revisionSha,
  syntheticFamily,
  type FamilyOptions,
  type HubServer,
  type ZooModel,
} from '@stemma/zoo';

/** One thing after another that happens to a hub; all of a phase is there before anybody looks. */
export interface Phase {
  readonly name: string;
  readonly apply: (hub: HubServer) => void;
  /** What somebody else has put among the sketches meanwhile. */
  readonly strayRecords?: readonly NewRecord[];
}

/**
 * What happens to a small hub with two architectures: a family with branches, one that is published before its root, a
 * stranger, a repository without weights; then revisions and a copy; then deletions, of a leaf, of a parent and of what was
 * copied; then some come back. A phase touches a repository once, so that the order in which its events are first published
 * is that of the listing.
 */
export function crashHistory(seed: number): readonly Phase[] {
  const parents = [0, 0, 1, 1, 3];
  const wide = family({ seed, models: 6, width: 20, parentOf: (index) => parents[index - 1]! });
  const narrow = family({
    seed: seed + 1,
    models: 3,
    width: 16,
    organisation: 'other',
    parentOf: (index) => index - 1,
  });
  const lone = family({ seed: seed + 2, models: 1, width: 20, organisation: 'stranger' })(0);
  let pushes = 0;
  /** The newest of the listing, at a time of its own. */
  const publish = (hub: HubServer, ...models: ZooModel[]): void => {
    for (const model of models) {
      const lastModified = new Date(Date.UTC(2025, 0, 1, 0, ++pushes)).toISOString();
      hub.publish({ ...model, lastModified });
    }
  };
  return [
    {
      name: 'arrivals',
      apply: (hub) => publish(hub, wide(0), wide(1), wide(2), wide(3), narrow(1), lone, withoutWeights(lone)),
    },
    {
      name: 'a root after its child, revisions, a copy',
      apply: (hub) => {
        publish(hub, narrow(0), wide(4), revised(wide(2), wide(5)), revised(lone, narrow(2)));
        publish(hub, renamed(wide(1), 'copy/of.a'));
      },
    },
    {
      name: 'departures',
      strayRecords: [{ key: 'stray', value: 'no event' }],
      apply: (hub) => {
        for (const { repo } of [wide(2), wide(0), wide(1), narrow(1)]) hub.remove(repo);
        hub.rename(wide(4).repo, 'family/elsewhere');
      },
    },
    {
      name: 'returns',
      apply: (hub) => {
        publish(hub, wide(2), wide(1), revised(narrow(1), lone), wide(5));
        hub.remove(wide(3).repo);
      },
    },
  ];
}

/**
 * Pushes to a hub one after another: families of two architectures, children before and after their parents, revisions and
 * copies of what is there. Nothing is deleted, so that the newest revisions alone say what comes of it.
 */
export function crashFlow(seed: number): ((hub: HubServer) => void)[] {
  const wide = family({ seed: seed + 10, models: 8, width: 20 });
  const narrow = family({ seed: seed + 11, models: 4, width: 16, organisation: 'other' });
  const models = [5, 2, 0, 7, 1, 6, 3, 4].map(wide);
  models.splice(3, 0, narrow(2), narrow(3));
  models.push(narrow(0), revised(wide(5), wide(3)), renamed(wide(1), 'copy/of.one'), narrow(1));
  models.push(revised(narrow(3), wide(0)), revised(wide(2), narrow(1)), renamed(wide(6), 'a/copy'));
  models.push(revised(wide(7), wide(6)), revised(wide(5), wide(5)), revised(wide(0), wide(7)));
  return models.map((model, minute) => (hub) => {
    hub.publish({ ...model, lastModified: new Date(Date.UTC(2025, 1, 1, 0, minute)).toISOString() });
  });
}

/** The models of a synthetic family by their number, the root 0. */
function family(options: FamilyOptions): (index: number) => ZooModel {
  const { models } = syntheticFamily({ blocks: 1, ...options });
  return (index) => {
    const model = models[index];
    assert(model !== undefined, `the family has ${models.length} models, not ${index + 1}`);
    return model;
  };
}

/** A newer revision of a repository, with the weights of another model. */
function revised(model: ZooModel, { files, config }: ZooModel): ZooModel {
  return { ...model, files, config, sha: revisionSha(model.repo, files) };
}

function renamed(model: ZooModel, repo: string): ZooModel {
  return { ...model, repo, sha: revisionSha(repo, model.files) };
}

function withoutWeights(model: ZooModel): ZooModel {
  const files = [memoryFile('README.md', 'Nothing here yet.')];
  return { ...model, repo: 'org/empty', files, sha: revisionSha('org/empty', files) };
}
