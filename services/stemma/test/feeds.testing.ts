import assert from 'node:assert/strict';
import { CHANGED, parseEvent, type EventLog, type LineageChanged } from '@stemma/events';

export type FedChange = LineageChanged['data'];

/**
 * All changes by partition, in order. Fails where a promise is broken that needs nothing to compare with: a number that is
 * missing, or there twice.
 */
export async function readFeeds(log: EventLog): Promise<FedChange[][]> {
  const feeds: FedChange[][] = [];
  for (let partition = 0; partition < (await log.partitions(CHANGED)); partition++) {
    const changes: FedChange[] = [];
    const { low } = await log.bounds(CHANGED, partition);
    for await (const records of log.read(CHANGED, partition, low)) {
      for (const { value } of records) {
        const event = parseEvent(CHANGED, value);
        assert(event.type !== 'rejected', `a change expected, found ${value.slice(0, 200)}`);
        assert.equal(
          event.data.seq,
          changes.length + 1,
          `partition ${partition} numbers without a gap, each once`,
        );
        changes.push(event.data);
      }
    }
    feeds.push(changes);
  }
  return feeds;
}

/** What a reader knows who has read all of it, one line a model: `model@revision ← parent relation verdict confidence`. */
export function placesIn(feeds: readonly (readonly FedChange[])[]): string[] {
  const newest = new Map<string, FedChange>();
  for (const change of feeds.flat()) {
    const known = newest.get(change.model);
    const isOlder = known !== undefined && orderOf(known) > orderOf(change);
    if (!isOlder) newest.set(change.model, change);
  }
  return [...newest.values()].map(lineOf).sort();
}

const orderOf = ({ publishedAt, revision }: FedChange): string => `${publishedAt} ${revision}`;

function lineOf({ model, revision, kind, parent, relation, verdict, confidence }: FedChange): string {
  const name = `${model}@${revision.slice(0, 8)}`;
  if (kind === 'deleted') return `${name} deleted ← ${parent.after}`;
  return `${name} ← ${parent.after} ${relation} ${verdict} ${confidence}`;
}
