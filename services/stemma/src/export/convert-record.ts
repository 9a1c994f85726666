import {
  CHANGED,
  lineageChanged,
  parseEvent,
  partitionOf,
  SKETCHED,
  sketchedKey,
  toRecord,
  type LogRecord,
  type NewRecord,
} from '@stemma/events';
import { sketchedRecords } from '@stemma/sketcher';

/** What a record of a log of one partition becomes in a log of several. */
export type Convert = (record: LogRecord) => readonly (NewRecord | LogRecord)[];

/** To the partition that its key says. */
export const asItIs: Convert = ({ key, value }) => [{ key, value }];

/**
 * A sketch, and the notices that go with it. An event from the future holds since the log took it on (`validSince` of the
 * indexer): the other log takes it on later, so the event itself has to say it there.
 */
export function splitSketch(partitions: number): Convert {
  return (record) => {
    const event = parseEvent(SKETCHED, record.value);
    // Whoever could not read it here cannot read it there: it is refused again, with a dead letter to show for it.
    if (event.type === 'rejected') return asItIs(record);
    const time = new Date(Math.min(Date.parse(event.time), record.time)).toISOString();
    return sketchedRecords(event.data, { source: event.source, time }, partitions);
  };
}

/** A change in the partition of its architecture, with the next number there: readers of one partition see no gap. */
export function renumberedChange(partitions: number): Convert {
  const seqs = Array.from({ length: partitions }, () => 0);
  let seqRead = 0;
  return (record) => {
    const event = parseEvent(CHANGED, record.value);
    // What was sent again after a crash stands here under a number that is there already.
    if (event.type === 'rejected' || event.data.seq <= seqRead) return [];
    seqRead = event.data.seq;
    const { architecture, model } = event.data;
    const partition = partitionOf(sketchedKey(architecture, model), partitions);
    const seq = ++seqs[partition]!;
    const { source, time } = event;
    return [{ ...toRecord(lineageChanged({ ...event.data, seq }, { source, time })), partition }];
  };
}
