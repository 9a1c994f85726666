import assert from 'node:assert/strict';
import { inspect, types } from 'node:util';
import type { LogRecord, NewRecord } from '../event-log';
import type {
  DeadLetter,
  EventOf,
  LineageChanged,
  ModelPublished,
  ModelSketched,
  StemmaEvent,
} from './events';
import { checkEvent, type RejectedEvent } from './parse-event';
import { elsewhereKey, sketchedKey } from './partition';
import { CHANGED, DEAD, PUBLISHED, SKETCHED, type Topic } from './topics';

/** Who says it (`/stemma/watcher`) and when (RFC 3339, UTC): never read from a clock here. */
export interface Origin {
  readonly source: string;
  readonly time: string;
}

/**
 * A `model.published` event; its id, like all ids here, names the fact and not the delivery, so that the same
 * fact sent twice has one id. The data come from a hub, so they can be bad: then the answer says why.
 */
export function modelPublished(data: ModelPublished['data'], origin: Origin): ModelPublished | RejectedEvent {
  const kind = data.deleted ? 'published-deletion' : 'published';
  return checkEvent(
    PUBLISHED,
    envelope(PUBLISHED, `${data.repo}@${data.sha}#${kind}`, data.repo, data, origin),
  );
}

export function modelSketched(data: ModelSketched['data'], origin: Origin): ModelSketched {
  const kind = data.deleted ? 'sketched-deletion' : isElsewhere(data) ? 'sketched-elsewhere' : 'sketched';
  return valid(SKETCHED, envelope(SKETCHED, `${data.repo}@${data.sha}#${kind}`, data.repo, data, origin));
}

/** Whether a sketched event only tells that the revision is indexed by another partition. */
export const isElsewhere = ({ deleted, sketch }: ModelSketched['data']): boolean =>
  !deleted && sketch === null;

/** The id ends in the seq, since one revision can change its parent many times. */
export function lineageChanged(data: LineageChanged['data'], origin: Origin): LineageChanged {
  const id = `${data.model}@${data.revision}#${data.kind}-${data.seq}`;
  return valid(CHANGED, envelope(CHANGED, id, data.model, data, origin));
}

export interface Failure {
  readonly record: LogRecord;
  readonly service: string;
  readonly reason: string;
  readonly detail: string;
  /** What was thrown, if anything: its message and those of its causes become the chain. */
  readonly error?: unknown;
}

/** A dead letter for `record`, cut to size: it must be writable whatever the record was. */
export function deadLetter({ record, service, reason, detail, error }: Failure, origin: Origin): DeadLetter {
  const { topic, partition, position } = record;
  const event = {
    topic,
    partition,
    position,
    key: record.key.slice(0, 1024),
    value: record.value.slice(0, 65_536),
  };
  const data = { event, service, reason, detail: detail.slice(0, 4096), chain: messages(error) };
  const subject = event.key.slice(0, 512) || topic;
  return valid(DEAD, envelope(DEAD, `${topic}/${partition}/${position}#dead`, subject, data, origin));
}

/** The record to append for an event: its key (DESIGN 4.1) and its JSON. */
export function toRecord(event: StemmaEvent): NewRecord {
  return { key: keyOf(event), value: JSON.stringify(event) };
}

function keyOf(event: StemmaEvent): string {
  switch (event.type) {
    case PUBLISHED:
      return event.data.repo;
    case SKETCHED:
      return isElsewhere(event.data)
        ? elsewhereKey(event.data.repo)
        : sketchedKey(event.data.architecture, event.data.repo, event.data.deleted);
    case CHANGED:
      return event.data.model;
    case DEAD:
      return event.data.event.key;
  }
}

function envelope<T extends Topic>(
  type: T,
  id: string,
  subject: string,
  data: unknown,
  { source, time }: Origin,
) {
  return { specversion: '1.0', id, source, type, subject, time, datacontenttype: 'application/json', data };
}

function valid<T extends Topic>(topic: T, json: unknown): EventOf[T] {
  const event = checkEvent(topic, json);
  assert(
    event.type !== 'rejected',
    `expected a valid ${topic}, found: ${event.type === 'rejected' && event.detail}`,
  );
  return event;
}

function messages(error: unknown): string[] {
  const chain: string[] = [];
  for (let at = error; at !== undefined && at !== null && chain.length < 16; at = (at as Error).cause) {
    const message = types.isNativeError(at) ? `${at.name}: ${at.message}` : inspect(at, { depth: 1 });
    chain.push(message.slice(0, 4096));
  }
  return chain;
}
