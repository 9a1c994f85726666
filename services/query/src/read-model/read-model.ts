import assert from 'node:assert/strict';
import { CHANGED, DEAD, parseEvent, type LogRecord } from '@stemma/events';
import { PackedHistory } from './change-history';
import { fold } from './fold';
import { LineageState, type Label } from './lineage-state';
import { RejectBook, type Indexed } from './reject-book';

/** Everything that the query side answers from: folded from the topics in memory, rebuilt at every start. */
export class ReadModel {
  readonly state = new LineageState();
  readonly history = new PackedHistory();
  readonly rejects = new RejectBook();

  /** Takes in a batch; what it has seen before changes nothing. Waiters see all of it or nothing. */
  take(records: readonly LogRecord[]): void {
    for (const record of records) {
      if (record.topic === CHANGED) this.#takeChange(record);
      if (record.topic === DEAD) this.#takeLetter(record);
    }
    this.history.wake();
  }

  #takeChange(record: LogRecord): void {
    const event = parseEvent(CHANGED, record.value);
    if (event.type === 'rejected') assert.fail(`${place(record)}: expected a change, found: ${event.detail}`);
    const change = { partition: record.partition, ...event.data };
    if (fold(this.state, change) === 'seen') return;
    this.history.append(change);
    this.rejects.settle(change.model, {
      revision: change.revision,
      publishedAt: Date.parse(change.publishedAt),
    });
  }

  /** Nothing depends on a dead letter, so one that is broken itself is listed and not fatal. */
  #takeLetter(record: LogRecord): void {
    const event = parseEvent(DEAD, record.value);
    if (event.type === 'rejected') {
      this.rejects.addUnreadable(record, event.detail);
      return;
    }
    const label = this.state.find(repoOf(event.data.event.key));
    this.rejects.addLetter(event, label === undefined ? undefined : this.#indexed(label));
  }

  #indexed(label: Label): Indexed {
    return {
      revision: this.state.revisions[label] as string,
      publishedAt: this.state.publishedAt.get(label),
    };
  }
}

/** The repository that a record of any topic is about, by its key. */
const repoOf = (key: string): string =>
  key
    .replace(/#(deleted|elsewhere)$/, '')
    .split('/')
    .slice(-2)
    .join('/');

function place({ topic, partition, position }: LogRecord): string {
  return `${topic}/${partition}/${position}`;
}
