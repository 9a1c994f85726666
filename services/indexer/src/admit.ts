import { parseEvent, SKETCHED, type LogRecord, type ModelSketched } from '@stemma/events';
import { decodeSketch, toObservation, type Observation, type Sketch } from '@stemma/sketch';

/** A revision that takes its place in the index. */
export interface Arrival {
  readonly type: 'arrival';
  readonly event: ModelSketched;
  readonly sketch: Sketch;
  readonly sketchBytes: Uint8Array;
  readonly observation: Observation;
}

/** A repository that is gone from its hub. */
export interface Departure {
  readonly type: 'departure';
  readonly event: ModelSketched;
}

export interface Refused {
  readonly type: 'rejected';
  readonly record: LogRecord;
  readonly reason: string;
  readonly detail: string;
}

/** Reads one record of `model.sketched`. What it says is checked in full here: nothing after this refuses it. */
export function admit(record: LogRecord): Arrival | Departure | Refused {
  const event = parseEvent(SKETCHED, record.value);
  if (event.type === 'rejected') return { ...event, record };
  if (event.data.sketch === null) return { type: 'departure', event };
  const sketchBytes = Buffer.from(event.data.sketch, 'base64');
  const decoded = decodeSketch(sketchBytes);
  if (decoded.type === 'rejected') return { ...decoded, record };
  const { sketch } = decoded;
  if (sketch.architecture !== event.data.architecture) {
    const detail = `The event names architecture ${event.data.architecture}, its sketch is of ${sketch.architecture}.`;
    return { type: 'rejected', record, reason: 'architecture-mismatch', detail };
  }
  return { type: 'arrival', event, sketch, sketchBytes, observation: toObservation(sketch) };
}
