import { parseEvent, PUBLISHED, SKETCHED, type DeadLetter, type LogRecord } from '@stemma/events';
import { TextBlocks } from './text-blocks';

/** Our events begin with their id. */
const ID_WITHIN_CHARACTERS = 1024;

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

/**
 * The dead letters: every one once, counted by reason, compressed like the changes. One that a later try has put right, or
 * a later letter about the same model has replaced, is settled and no longer shown.
 */
export class RejectBook {
  readonly #texts = new TextBlocks({
    dictionary: '{"model":"","reason":"","detail":"","service":"","event":"","time":"',
  });
  readonly #seen = new Set<string>();
  readonly #byReason = new Map<string, number[]>();
  /** Of models that have an open letter: its number, and the revision it is about. */
  readonly #newestOf = new Map<string, { readonly index: number; readonly revision: string | null }>();
  readonly #settled = new Set<number>();
  readonly #openByReason = new Map<string, number>();

  /** Rejects that nothing has settled yet. */
  get count(): number {
    return this.#texts.length - this.#settled.size;
  }

  /** Letters ever taken: grows with every one, so it names this state where `count` may not. */
  get letters(): number {
    return this.#texts.length;
  }

  /** Number of open rejects by reason, the most frequent first. */
  get counts(): Record<string, number> {
    const entries = [...this.#openByReason].filter(([, open]) => open > 0);
    return Object.fromEntries(entries.sort((a, b) => b[1] - a[1] || (a[0] < b[0] ? -1 : 1)));
  }

  /** `indexed` is the revision of the model that the index has, if any: the two topics may come in either order. */
  addLetter(letter: DeadLetter, indexed?: string): 'added' | 'seen' {
    const revision = revisionOf(letter);
    const added = this.#add(letter.id, toReject(letter), revision);
    if (indexed !== undefined && revision === indexed) this.settle(modelOf(letter.data.event.key), indexed);
    return added;
  }

  /** A revision has been indexed after all: what stood in its way is history. */
  settle(model: string, revision: string): void {
    const newest = this.#newestOf.get(model);
    if (newest?.revision === revision) this.#close(model, newest.index);
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

  #add(id: string, reject: Reject, revision: string | null = null): 'added' | 'seen' {
    if (this.#seen.has(id)) return 'seen';
    this.#seen.add(id);
    const before = this.#newestOf.get(reject.model);
    if (before !== undefined && revision !== null) this.#close(reject.model, before.index);
    const index = this.#texts.length;
    this.#texts.append(JSON.stringify(reject));
    this.#newestOf.set(reject.model, { index, revision });
    this.#openByReason.set(reject.reason, (this.#openByReason.get(reject.reason) ?? 0) + 1);
    const indices = this.#byReason.get(reject.reason);
    if (indices) indices.push(index);
    else this.#byReason.set(reject.reason, [index]);
    return 'added';
  }

  /** Why the newest event about `model` that failed did so. */
  of(model: string): Reject | undefined {
    const newest = this.#newestOf.get(model);
    return newest === undefined ? undefined : this.#at(newest.index);
  }

  #close(model: string, index: number): void {
    const { reason } = this.#at(index);
    this.#settled.add(index);
    this.#openByReason.set(reason, (this.#openByReason.get(reason) ?? 1) - 1);
    this.#newestOf.delete(model);
  }

  /**
   * At most `limit` rejects, the newest first, older than the one numbered `before` (0 = the oldest).
   * `next` is the number to go on before, null at the end.
   */
  page(
    limit: number,
    before = this.#texts.length,
    reason?: string,
  ): { rejects: Reject[]; next: number | null } {
    const numbers = reason === undefined ? undefined : (this.#byReason.get(reason) ?? []);
    const rejects: Reject[] = [];
    let at = numbers === undefined ? Math.min(before, this.#texts.length) : firstAtLeast(numbers, before);
    while (at > 0 && rejects.length < limit) {
      at--;
      const index = numbers?.[at] ?? at;
      if (!this.#settled.has(index)) rejects.push(this.#at(index));
    }
    return { rejects, next: at > 0 ? (numbers?.[at] ?? at) : null };
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

/**
 * The revision that a refused event is about; null where it could not be read. A letter carries the beginning of the event
 * only, so a large sketch is cut off; its id, `repo@sha#kind`, is not.
 */
function revisionOf({ data: { event } }: DeadLetter): string | null {
  if (event.topic !== PUBLISHED && event.topic !== SKETCHED) return null;
  const refused = parseEvent(event.topic, event.value);
  if (refused.type !== 'rejected') return refused.data.sha;
  return /"id":"[^"@]*@([\w.-]+)#/.exec(event.value.slice(0, ID_WITHIN_CHARACTERS))?.[1] ?? null;
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
