import assert from 'node:assert/strict';
import type { LogRecord, ModelSketched } from '@stemma/events';

/**
 * Since when an event holds, in Unix milliseconds: the time that it carries, but never later than the log took it. A sender
 * whose clock runs ahead could otherwise keep out everything that comes after.
 */
export function validSince(event: ModelSketched, record: LogRecord): number {
  return Math.min(Date.parse(event.time), record.time);
}

/**
 * Place of an event among those about its repository, as a string that sorts: since when it holds, then the age of the
 * revision, a deletion behind an arrival, and the revision itself. It comes from what the event says and not from where it
 * stands in the log, so that re-deliveries and other orders of delivery end in the same state.
 */
export function orderOf(event: ModelSketched, record: LogRecord): string {
  const { createdAt, deleted, sha } = event.data;
  return `${iso(validSince(event, record))} ${iso(Date.parse(createdAt))} ${deleted ? 1 : 0} ${sha}`;
}

/**
 * Since when a repository's newest arrival holds, from its place in the order: also where an earlier revision has come back,
 * which is an arrival of its own.
 */
export function sinceOf(arrival: string | null): string {
  assert(arrival !== null, 'expected a model of the index to have arrived');
  return arrival.slice(0, arrival.indexOf(' '));
}

const iso = (ms: number): string => new Date(ms).toISOString();
