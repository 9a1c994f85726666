import type { LogRecord } from '@stemma/events';
import { admit, type Arrival, type Elsewhere } from './admit';
import { isGone } from './repositories';

/** A repository's newest revision as a set of events leaves it. */
export interface SurvivingModel {
  readonly arrival: Arrival;
  /** Gone from the hub. */
  readonly tombstone: boolean;
}

/**
 * The set of models that a set of events leaves, said once more and plainly: of every repository the newest arrival, as a
 * tombstone where the newest deletion is newer, and none where the newest revision is indexed elsewhere. The indexer must hold the same set
 * whatever the order of delivery.
 */
export function liveSet(records: Iterable<LogRecord>): SurvivingModel[] {
  const arrivals = new Map<string, Arrival | Elsewhere>();
  const departures = new Map<string, string>();
  const rule = { hub: null, follows: () => true };
  for (const record of records) {
    const one = admit(record, rule);
    if (one.type === 'rejected') continue;
    const { repo } = one.event.data;
    if (one.type === 'departure') {
      if (one.order > (departures.get(repo) ?? '')) departures.set(repo, one.order);
    } else if (one.order > (arrivals.get(repo)?.order ?? '')) arrivals.set(repo, one);
  }
  return [...arrivals].flatMap(([repo, arrival]) => {
    if (arrival.type === 'elsewhere') return [];
    const departure = departures.get(repo) ?? null;
    return { arrival, tombstone: isGone({ arrival: arrival.order, departure }) };
  });
}
