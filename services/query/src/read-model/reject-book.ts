import { parseEvent, PUBLISHED, SKETCHED, type DeadLetter, type LogRecord } from '@stemma/events';
import { letterOrder, LetterList, type LetterPlace } from './letter-list';
import { TextBlocks } from './text-blocks';

/** Our events begin with their id, and soon say their time. */
const HEAD_CHARACTERS = 1024;

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

/** What the index has of a model: a revision, and since when it holds (Unix milliseconds). */
export interface Indexed {
  readonly revision: string;
  readonly publishedAt: number;
}

/** What a refused event was about; null where it could not be read. */
interface Subject {
  readonly revision: string | null;
  readonly since: number | null;
}

interface Letter extends LetterPlace, Subject {
  /** Number of its text. */
  readonly text: number;
  readonly reason: string;
  isOpen: boolean;
}

interface LettersOfModel {
  readonly open: Letter[];
  /** The newest that names a revision, open or not: it stands for all before it. */
  readonly newest: Letter | null;
}

const UNHEARD: LettersOfModel = { open: [], newest: null };

/**
 * The dead letters: every one once, counted by reason, compressed like the changes. One that a later try has put right, or
 * a later letter about the same model has replaced, is settled and no longer shown. Letters come from several partitions, so
 * "later" is what they say of themselves: whatever order they are read in, the book ends the same.
 */
export class RejectBook {
  readonly #texts = new TextBlocks({
    dictionary: '{"model":"","reason":"","detail":"","service":"","event":"","time":"',
  });
  readonly #seen = new Set<string>();
  readonly #all = new LetterList<Letter>();
  readonly #byReason = new Map<string, LetterList<Letter>>();
  readonly #byModel = new Map<string, LettersOfModel>();
  readonly #openByReason = new Map<string, number>();
  #open = 0;

  /** Rejects that nothing has settled yet. */
  get count(): number {
    return this.#open;
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

  /** `indexed` is what the index has of the model, if anything: the two topics may come in either order. */
  addLetter(letter: DeadLetter, indexed?: Indexed): 'added' | 'seen' {
    const reject = toReject(letter);
    const added = this.#add(reject, subjectOf(letter));
    if (indexed !== undefined) this.settle(reject.model, indexed);
    return added;
  }

  /** That revision of the model, or a later one, has been indexed after all: what stood in its way is history. */
  settle(model: string, { revision, publishedAt }: Indexed): void {
    const { open, newest } = this.#byModel.get(model) ?? UNHEARD;
    if (open.length === 0) return;
    const isPast = ({ since }: Letter): boolean => since !== null && since <= publishedAt;
    this.#keepOpen(model, open, newest, (letter) => !isPast(letter) && letter.revision !== revision);
  }

  /** A dead letter that no reader understands: somebody else writes to the topic. */
  addUnreadable({ topic, partition, position, key, time }: LogRecord, detail: string): 'added' | 'seen' {
    const event = `${topic}/${partition}/${position}`;
    const at = new Date(time).toISOString();
    const reject = { model: modelOf(key), reason: 'unreadable-letter', detail, service: 'query', event };
    return this.#add({ ...reject, time: at }, { revision: null, since: null });
  }

  #add(reject: Reject, subject: Subject): 'added' | 'seen' {
    const { event, model, reason } = reject;
    if (this.#seen.has(event)) return 'seen';
    this.#seen.add(event);
    const place = { time: Date.parse(reject.time), event };
    const letter: Letter = { ...place, ...subject, text: this.#texts.length, reason, isOpen: true };
    this.#texts.append(JSON.stringify(reject));
    this.#open++;
    this.#openByReason.set(reason, (this.#openByReason.get(reason) ?? 0) + 1);
    this.#all.add(letter);
    const ofReason = this.#byReason.get(reason) ?? new LetterList<Letter>();
    ofReason.add(letter);
    this.#byReason.set(reason, ofReason);
    const { open, newest } = this.#byModel.get(model) ?? UNHEARD;
    const isNewest = letter.revision !== null && (newest === null || letterOrder(newest, letter) < 0);
    const last = isNewest ? letter : newest;
    this.#keepOpen(model, [...open, letter], last, (one) => last === null || letterOrder(one, last) >= 0);
    return 'added';
  }

  #keepOpen(
    model: string,
    open: readonly Letter[],
    newest: Letter | null,
    isKept: (letter: Letter) => boolean,
  ): void {
    for (const letter of open) if (!isKept(letter)) this.#close(letter);
    this.#byModel.set(model, { open: open.filter(({ isOpen }) => isOpen), newest });
  }

  #close(letter: Letter): void {
    letter.isOpen = false;
    this.#open--;
    this.#openByReason.set(letter.reason, (this.#openByReason.get(letter.reason) ?? 1) - 1);
  }

  /** Why the newest event about `model` that failed did so. */
  of(model: string): Reject | undefined {
    const { open } = this.#byModel.get(model) ?? UNHEARD;
    const newest = [...open].sort(letterOrder).at(-1);
    return newest && this.#reject(newest);
  }

  /**
   * At most `limit` rejects, the newest first, older than the letter at `before`. `next` is the place to go on before, null at
   * the end.
   */
  page(
    limit: number,
    before?: LetterPlace,
    reason?: string,
  ): { rejects: Reject[]; next: LetterPlace | null } {
    const letters = reason === undefined ? this.#all : this.#byReason.get(reason);
    const rejects: Reject[] = [];
    let next: LetterPlace | null = null;
    for (const letter of letters?.backwards(before) ?? []) {
      if (rejects.length === limit) return { rejects, next };
      next = { time: letter.time, event: letter.event };
      if (letter.isOpen) rejects.push(this.#reject(letter));
    }
    return { rejects, next: null };
  }

  #reject({ text }: Letter): Reject {
    return JSON.parse(this.#texts.get(text)) as Reject;
  }
}

function toReject({ data, time }: DeadLetter): Reject {
  const { topic, partition, position, key } = data.event;
  const { reason, detail, service } = data;
  return { model: modelOf(key), reason, detail, service, event: `${topic}/${partition}/${position}`, time };
}

/**
 * A letter carries the beginning of the refused event only, so a large sketch is cut off; its id, `repo@sha#kind`, and its time
 * are not.
 */
function subjectOf({ data: { event } }: DeadLetter): Subject {
  if (event.topic !== PUBLISHED && event.topic !== SKETCHED) return { revision: null, since: null };
  const refused = parseEvent(event.topic, event.value);
  if (refused.type !== 'rejected') return { revision: refused.data.sha, since: Date.parse(refused.time) };
  const head = event.value.slice(0, HEAD_CHARACTERS);
  const time = Date.parse(/"time":"([\d:.TZ-]{20,30})"/.exec(head)?.[1] ?? '');
  const revision = /"id":"[^"@]*@([\w.-]+)#/.exec(head)?.[1] ?? null;
  return { revision, since: Number.isNaN(time) ? null : time };
}

/** A sketched event's key starts with its architecture: `<architecture>/<org>/<name>`. */
function modelOf(key: string): string {
  return key.split('/').slice(-2).join('/');
}
