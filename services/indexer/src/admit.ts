import { isElsewhere, parseEvent, SKETCHED, type LogRecord, type ModelSketched } from '@stemma/events';
import { decodeSketch, type Sketch } from '@stemma/sketch';
import { orderOf, validSince } from './event-order';

interface Admitted {
  readonly event: ModelSketched;
  /** Since when it holds, in Unix milliseconds. */
  readonly since: number;
  /** Its place among the events about its repository. */
  readonly order: string;
}

/** A revision that takes its place in the index. */
export interface Arrival extends Admitted {
  readonly type: 'arrival';
  readonly sketch: Sketch;
  readonly sketchBytes: Uint8Array;
}

/** A repository that is gone from its hub. */
export interface Departure extends Admitted {
  readonly type: 'departure';
}

/** A revision that another partition indexes: an earlier one that this partition has is over. */
export interface Elsewhere extends Admitted {
  readonly type: 'elsewhere';
}

export type Admission = Arrival | Departure | Elsewhere | Refused;

export interface Refused {
  readonly type: 'rejected';
  readonly record: LogRecord;
  readonly reason: string;
  readonly detail: string;
}

/** Whether a hub's events belong to this index. */
export interface HubRule {
  readonly hub: string | null;
  follows(hub: string): boolean;
}

/** Reads one record of `model.sketched`. What it says is checked in full here: nothing after this refuses it. */
export function admit(record: LogRecord, rule: HubRule): Admission {
  const event = parseEvent(SKETCHED, record.value);
  if (event.type === 'rejected') return { ...event, record };
  const read = event.data.sketch === null ? noticeOf(event, record) : arrivalOf(event, record);
  if (read.type === 'rejected' || rule.follows(event.data.hub)) return read;
  const detail = `This data folder follows the hub ${rule.hub}, the event is of ${event.data.hub}: give every hub a folder of its own.`;
  return { type: 'rejected', record, reason: 'other-hub', detail };
}

function noticeOf(event: ModelSketched, record: LogRecord): Departure | Elsewhere {
  const type = isElsewhere(event.data) ? 'elsewhere' : 'departure';
  return { type, event, since: validSince(event, record), order: orderOf(event, record) };
}

function arrivalOf(event: ModelSketched, record: LogRecord): Arrival | Refused {
  const sketchBytes = Buffer.from(event.data.sketch ?? '', 'base64');
  const decoded = decodeSketch(sketchBytes);
  if (decoded.type === 'rejected') return { ...decoded, record };
  const { sketch } = decoded;
  if (sketch.architecture !== event.data.architecture) {
    const detail = `The event names architecture ${event.data.architecture}, its sketch is of ${sketch.architecture}.`;
    return { type: 'rejected', record, reason: 'architecture-mismatch', detail };
  }
  const place = { since: validSince(event, record), order: orderOf(event, record) };
  return { type: 'arrival', event, ...place, sketch, sketchBytes };
}
