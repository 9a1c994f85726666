import {
  deadLetter,
  DEAD,
  modelSketched,
  parseEvent,
  partitionOf,
  PUBLISHED,
  SKETCHED,
  toRecord,
  type Batch,
  type EventLog,
  type LogRecord,
  type ModelPublished,
  type ModelSketched,
  type NewRecord,
  type Origin,
  type Subscription,
} from '@stemma/events';
import { HubUnavailableError, mapBounded } from '@stemma/hub';
import { sketchRevision, type WeightsHub } from './sketch-revision';
import type { SketcherConfig } from './config';

export interface SketcherDependencies {
  readonly config: SketcherConfig;
  readonly hub: WeightsHub;
  readonly log: EventLog;
  readonly now: () => Date;
}

/** What a record became: events for the indexers, or a dead letter. */
interface Outcome {
  readonly topic: typeof SKETCHED | typeof DEAD;
  readonly records: readonly NewRecord[];
}

/** The consumer group whose position says what has been read. */
export const SKETCHER_GROUP = 'sketcher';
const SERVICE = 'sketcher';
const ORIGIN = '/stemma/sketcher';
const BATCH_BYTES_MAX = 4 << 20;

/**
 * `model.published` → `model.sketched`. Stateless: its position is the log's own and moves when all that a batch became is
 * durable, so a crash reads a batch again and appends events of the same ids.
 */
export class Sketcher {
  readonly #deps: SketcherDependencies;
  #partitions = 1;

  constructor(deps: SketcherDependencies) {
    this.#deps = deps;
  }

  async start(): Promise<Subscription> {
    this.#partitions = await this.#deps.log.partitions(SKETCHED);
    return this.#deps.log.consume({
      group: SKETCHER_GROUP,
      topics: [PUBLISHED],
      recordsMax: this.#deps.config.batchModelsMax,
      bytesMax: BATCH_BYTES_MAX,
      start: async () => 'committed',
      handle: (batch) => this.#handle(batch),
    });
  }

  async #handle({ records }: Batch): Promise<void> {
    const { log, config } = this.#deps;
    const outcomes = await mapBounded(records, config.modelsAtOnceMax, (record) => this.#sketch(record));
    for (const topic of [SKETCHED, DEAD]) {
      const appended = outcomes
        .filter((outcome) => outcome.topic === topic)
        .flatMap(({ records }) => records);
      if (appended.length > 0) await log.append(topic, appended);
    }
  }

  async #sketch(record: LogRecord): Promise<Outcome> {
    const event = parseEvent(PUBLISHED, record.value);
    if (event.type === 'rejected') return this.#refuse(record, event);
    if (event.data.deleted) return this.#tell(deletionOf(event), event);
    try {
      const read = await sketchRevision(event.data, this.#deps.hub, this.#deps.config.readBytesMax);
      return read.type === 'rejected' ? this.#refuse(record, read) : this.#tell(read.data, event);
    } catch (error) {
      if (!(error instanceof HubUnavailableError)) throw error;
      return this.#refuse(record, { reason: 'hub-unavailable', detail: unavailable(error) }, error);
    }
  }

  #refuse(record: LogRecord, why: { reason: string; detail: string }, error?: unknown): Outcome {
    const { reason, detail } = why;
    const origin = { source: ORIGIN, time: this.#deps.now().toISOString() };
    const letter = deadLetter({ record, service: SERVICE, reason, detail, error }, origin);
    return { topic: DEAD, records: [toRecord(letter)] };
  }

  #tell(data: ModelSketched['data'], event: ModelPublished): Outcome {
    return {
      topic: SKETCHED,
      records: sketchedRecords(data, { source: ORIGIN, time: event.time }, this.#partitions),
    };
  }
}

/**
 * One record for each partition of the indexers: which of them has an earlier revision of the repository, nobody knows here.
 * The sketch goes to the partition of its architecture, the others are told that the model is elsewhere now; of a deletion
 * everybody is told. The time must be that of what was published, so that reading a revision twice says the same thing, not a
 * newer one.
 */
export function sketchedRecords(
  data: ModelSketched['data'],
  origin: Origin,
  partitions: number,
): NewRecord[] {
  const record = (said: ModelSketched['data']): NewRecord => toRecord(modelSketched(said, origin));
  const own = record(data);
  if (partitions === 1) return [own];
  const others = data.deleted ? own : record({ ...data, sketch: null });
  const home = data.deleted ? null : partitionOf(own.key, partitions);
  return Array.from({ length: partitions }, (_, partition) =>
    partition === home ? { ...own, partition } : { ...others, partition },
  );
}

const unavailable = (error: HubUnavailableError): string =>
  `The hub could not serve this model for now (${error.message}); it will be asked again.`;

function deletionOf({ data }: ModelPublished): ModelSketched['data'] {
  const { hub, repo, sha, createdAt } = data;
  const nothing = { architecture: null, sketch: null, claim: null, bytesRead: 0, bytesPublished: 0 };
  return { hub, repo, sha, createdAt, deleted: true, ...nothing };
}
