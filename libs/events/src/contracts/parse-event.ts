import type { z } from 'zod';
import { SCHEMAS, type EventOf } from './events';
import type { Topic } from './topics';

export type EventRejection = 'too-large' | 'not-json' | 'wrong-type' | 'malformed';

export interface RejectedEvent {
  readonly type: 'rejected';
  readonly reason: EventRejection;
  readonly detail: string;
}

/** The longest text that is parsed, in UTF-16 code units. */
export const EVENT_TEXT_MAX = 1 << 20;

/**
 * Reads one record's value as an event of `topic`: the event with the fields we know, or why it is refused.
 * Never throws, whatever the text. A tombstone (an empty value) is no event: look at `record.value` first where
 * a topic is compacted.
 */
export function parseEvent<T extends Topic>(topic: T, text: string): EventOf[T] | RejectedEvent {
  if (text.length > EVENT_TEXT_MAX) {
    return reject('too-large', `the event has ${text.length} characters, at most ${EVENT_TEXT_MAX} are read`);
  }
  let json: unknown;
  try {
    json = JSON.parse(text);
  } catch (error) {
    return reject('not-json', `the event is not JSON: ${clip((error as Error).message)}`);
  }
  return checkEvent(topic, json);
}

/** `parseEvent` for what is already an object: our own side of the wire uses it on what others told us. */
export function checkEvent<T extends Topic>(topic: T, json: unknown): EventOf[T] | RejectedEvent {
  const type = typeof json === 'object' && json !== null && 'type' in json ? json.type : undefined;
  if (typeof type === 'string' && type !== topic) {
    return reject('wrong-type', `expected an event of type ${topic}, found ${clip(JSON.stringify(type))}`);
  }
  const parsed = SCHEMAS[topic].safeParse(json);
  return parsed.success ? parsed.data : reject('malformed', describe(parsed.error));
}

function describe(error: z.ZodError): string {
  const [first] = error.issues;
  if (first === undefined) return 'the event does not match its schema';
  const more = error.issues.length > 1 ? ` (and ${error.issues.length - 1} more)` : '';
  return `${clip(first.path.join('.')) || 'the event'}: ${clip(first.message)}${more}`;
}

function reject(reason: EventRejection, detail: string): RejectedEvent {
  return { type: 'rejected', reason, detail };
}

const clip = (text: string): string => (text.length > 200 ? `${text.slice(0, 200)}…` : text);
