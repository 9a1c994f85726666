import type { DeadLetter, LogRecord } from '@stemma/events';
import { TextBlocks } from './text-blocks';

/** An event that no service could use, as the API shows it. */
export interface Reject {
  /** `org/name`, or the event's key where that names no model. */
  readonly model: string;
  readonly reason: string;
  readonly detail: string;
  readonly service: string;
  /** Where the refused event stands: topic/partition/position. */
  readonly event: string;
  readonly time: string;
}

/** The dead letters: every one once, counted by reason, compressed like the changes. */
export class RejectBook {
  readonly #texts = new TextBlocks({
    dictionary: '{"model":"","reason":"","detail":"","service":"","event":"","time":"',
  });
  readonly #seen = new Set<string>();
  readonly #byReason = new Map<string, number[]>();
  readonly #newestOf = new Map<string, number>();

  get count(): number {
    return this.#texts.length;
  }

  /** Number of rejects by reason, the most frequent first. */
  get counts(): Record<string, number> {
    const entries = [...this.#byReason].map(([reason, indices]) => [reason, indices.length] as const);
    return Object.fromEntries(entries.sort((a, b) => b[1] - a[1] || (a[0] < b[0] ? -1 : 1)));
  }

  addLetter(letter: DeadLetter): 'added' | 'seen' {
    return this.#add(letter.id, toReject(letter));
  }

  /** A dead letter that no reader understands: somebody else writes to the topic. */
  addUnreadable({ topic, partition, position, key, time }: LogRecord, detail: string): 'added' | 'seen' {
    const event = `${topic}/${partition}/${position}`;
    const at = new Date(time).toISOString();
    return this.#add(event, {
      model: modelOf(key),
      reason: 'unreadable-letter',
      detail,
      service: 'query',
      event,
      time: at,
    });
  }

  #add(id: string, reject: Reject): 'added' | 'seen' {
    if (this.#seen.has(id)) return 'seen';
    this.#seen.add(id);
    const index = this.count;
    this.#texts.append(JSON.stringify(reject));
    this.#newestOf.set(reject.model, index);
    const indices = this.#byReason.get(reject.reason);
    if (indices) indices.push(index);
    else this.#byReason.set(reject.reason, [index]);
    return 'added';
  }

  /** Why the newest event about `model` that failed did so. */
  of(model: string): Reject | undefined {
    const index = this.#newestOf.get(model);
    return index === undefined ? undefined : this.#at(index);
  }

  /**
   * At most `limit` rejects, the newest first, older than the one numbered `before` (0 = the oldest).
   * `next` is the number to go on before, null at the end.
   */
  page(limit: number, before = this.count, reason?: string): { rejects: Reject[]; next: number | null } {
    const numbers = reason === undefined ? undefined : (this.#byReason.get(reason) ?? []);
    const end = numbers === undefined ? Math.min(before, this.count) : firstAtLeast(numbers, before);
    const begin = Math.max(0, end - limit);
    const rejects: Reject[] = [];
    for (let at = end - 1; at >= begin; at--) rejects.push(this.#at(numbers?.[at] ?? at));
    return { rejects, next: begin > 0 ? (numbers?.[begin] ?? begin) : null };
  }

  #at(index: number): Reject {
    return JSON.parse(this.#texts.get(index)) as Reject;
  }
}

function toReject({ data, time }: DeadLetter): Reject {
  const { topic, partition, position, key } = data.event;
  const { reason, detail, service } = data;
  return { model: modelOf(key), reason, detail, service, event: `${topic}/${partition}/${position}`, time };
}

/** A sketched event's key starts with its architecture: `<architecture>/<org>/<name>`. */
function modelOf(key: string): string {
  return key.split('/').slice(-2).join('/');
}

function firstAtLeast(sorted: readonly number[], value: number): number {
  let low = 0;
  let high = sorted.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if ((sorted[middle] as number) < value) low = middle + 1;
    else high = middle;
  }
  return low;
}
