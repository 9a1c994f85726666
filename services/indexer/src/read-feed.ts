import { CHANGED, parseEvent, type EventLog, type LineageChanged, type LogRecord } from '@stemma/events';

/** One change as the feed has it. */
export interface FedChange {
  readonly data: LineageChanged['data'];
  /** The record's text, by which one's own changes are told from those of somebody else. */
  readonly value: string;
}

/**
 * A partition's changes with a seq above `after`, in order and each once, up to what the feed holds now. A change takes at
 * least one place in the log, so none above `after` lies before that many places from the beginning.
 */
export async function* readFeed(
  log: EventLog,
  partition: number,
  after: number,
): AsyncGenerator<readonly FedChange[]> {
  const { low, high } = await log.bounds(CHANGED, partition);
  const from = low + after;
  if (from >= high) return;
  let seq = after;
  for await (const records of log.read(CHANGED, partition, from)) {
    const changes: FedChange[] = [];
    for (const change of records.flatMap(changesIn)) {
      // What was sent again after a crash is known already.
      if (change.data.seq <= seq) continue;
      seq = change.data.seq;
      changes.push(change);
    }
    yield changes;
  }
}

/** None where somebody else writes what is no change. */
function changesIn({ value }: LogRecord): FedChange[] {
  const event = parseEvent(CHANGED, value);
  return event.type === 'rejected' ? [] : [{ data: event.data, value }];
}
