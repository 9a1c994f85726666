import { createHash } from 'node:crypto';
import { modelPublished, toRecord, type ModelPublished, type NewRecord } from '@stemma/events';
import { revisionSha, syntheticFamily, type HubServer, type ZooModel } from '@stemma/zoo';

export interface FloodOptions {
  readonly seed: number;
  /** Families, every second pair of them of one architecture. */
  readonly families: number;
  /** Models of each; small enough that confidences are functions of the set (`familyMax` of the indexer). */
  readonly modelsEach: number;
  /** Deliveries in all: facts that come again, late and out of order, make up the number. */
  readonly deliveries: number;
}

/** What is published of a hub, each fact once, in the order of its time; and the order in which it is delivered. */
export interface Flood {
  readonly facts: readonly NewRecord[];
  readonly deliveries: readonly NewRecord[];
}

const DAY_MS = Date.parse('2026-05-01T00:00:00Z');
/** Deliveries by which one can come too early. */
const SHUFFLED_WITHIN = 12;

/**
 * A hub on which much happens: families of several architectures; every fifth model gets a second revision, with the weights
 * of a relative or of a model of another architecture; every second is deleted, of which every second comes back. The hub gets
 * every revision at once: it serves old ones as well, as the Hub does.
 */
export function flood(hub: HubServer, options: FloodOptions): Flood {
  const models = familiesOf(options);
  const draw = drawer(options.seed);
  const said: { model: ZooModel; deleted: boolean }[] = models.map((model) => ({ model, deleted: false }));
  models.forEach((model, at) => {
    if (at % 5 === 2) said.push({ model: revised(model, models[draw(models.length)]!), deleted: false });
    if (at % 2 === 1) said.push({ model, deleted: true });
    if (at % 4 === 1) said.push({ model, deleted: false });
  });
  for (const { model, deleted } of said) if (!deleted) hub.publish(model);
  const facts = said.map(({ model, deleted }, minute) => toRecord(published(model, deleted, minute)));
  return { facts, deliveries: delivered(facts, options.deliveries, draw) };
}

function familiesOf({ seed, families, modelsEach }: FloodOptions): ZooModel[] {
  const drawn = Array.from({ length: families }, (_, at) => {
    const shape = { blocks: 1, vocabulary: 0, width: 16 + 4 * (at >> 1) };
    const { models } = syntheticFamily({
      ...shape,
      seed: seed + at,
      models: modelsEach,
      organisation: `family-${at}`,
    });
    return models;
  });
  // Families grow side by side.
  return Array.from({ length: modelsEach }, (_, index) => drawn.map((models) => models[index]!)).flat();
}

function revised(model: ZooModel, { files, config }: ZooModel): ZooModel {
  return { ...model, files, config, sha: revisionSha(model.repo, files) };
}

function published(model: ZooModel, deleted: boolean, minute: number): ModelPublished {
  const { repo, sha } = model;
  const time = new Date(DAY_MS + minute * 60_000).toISOString();
  const files = deleted ? [] : model.files.map(({ path, size, sha256 }) => ({ path, size, hash: sha256 }));
  const data = {
    hub: 'flood',
    repo,
    sha,
    createdAt: deleted ? time : model.createdAt,
    deleted,
    files,
    claim: null,
  };
  const event = modelPublished(data, { source: '/stemma/test', time });
  if (event.type === 'rejected') throw new Error(event.detail);
  return event;
}

/** Every fact at least once, most of them several times, some before their turn and many long after it. */
function delivered(
  facts: readonly NewRecord[],
  deliveries: number,
  draw: (below: number) => number,
): NewRecord[] {
  // Deletions come again more often than the rest: they take no reading of weights.
  const once = (): number => draw(facts.length);
  const again = Array.from({ length: Math.max(0, deliveries - facts.length) }, () =>
    [once(), once(), once()].sort((x, y) => facts[x]!.value.length - facts[y]!.value.length),
  ).map(([shortest]) => shortest!);
  const places = [
    ...facts.map((_, at) => ({ at, place: at + draw(SHUFFLED_WITHIN) })),
    ...again.map((at) => ({ at, place: at + draw(facts.length - at + 1) })),
  ];
  return places.sort((x, y) => x.place - y.place).map(({ at }) => facts[at]!);
}

/** Whole numbers from the seed alone. */
function drawer(seed: number): (below: number) => number {
  let drawn = 0;
  return (below) => {
    const digest = createHash('sha256').update(`${seed}/${drawn++}`).digest();
    return digest.readUInt32LE(0) % below;
  };
}
