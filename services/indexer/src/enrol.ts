import { toObservation } from '@stemma/sketch';
import type { Transaction } from '@stemma/store';
import type { Arrival, Departure, Elsewhere } from './admit';
import type { IndexParts } from './index-parts';
import { isGone } from './repositories';

/**
 * Brings one event into the set of models. Of every repository the newest revision is in it, as a tombstone where the
 * newest deletion is newer still; "newest" is said by the events (`event-order.ts`), so what was delivered before, or late,
 * changes nothing.
 */
export function enrol(one: Arrival | Departure | Elsewhere, tx: Transaction, parts: IndexParts): void {
  const { hub, repo } = one.event.data;
  const known = parts.repositories.get(repo);
  const kind = one.type === 'departure' ? 'departure' : 'arrival';
  const newest = known[kind];
  if (newest !== null && one.order <= newest) return;
  const events = { ...known, [kind]: one.order };
  parts.repositories.set(repo, events);
  tx.putEvents(hub, repo, events);
  if (one.type === 'elsewhere') takeLeave(repo, tx, parts);
  if (one.type === 'arrival' && !isKnownRevision(one, parts)) replaceRevision(one, tx, parts);
  const label = parts.index.labelOf(repo);
  if (label === undefined || parts.index.model(label).tombstone === isGone(events)) return;
  if (isGone(events)) tx.tombstone(label);
  else tx.revive(label);
  parts.index.setTombstone(label, isGone(events));
}

/** The same revision may be announced again, when it was gone for a while for example. */
function isKnownRevision({ event, sketch }: Arrival, { index }: IndexParts): boolean {
  const { repo, sha, createdAt } = event.data;
  const label = index.labelOf(repo);
  if (label === undefined) return false;
  const model = index.model(label);
  const { contentHash, architecture, coordinates } = sketch;
  const isSameRevision = model.sha === sha && model.createdAt === Date.parse(createdAt);
  const isSameSketch = model.architecture === architecture && model.coordinates === coordinates;
  return isSameRevision && isSameSketch && model.contentHash === contentHash;
}

/** Nothing is announced of it: the partition that has the newer revision says where the model is now. */
function takeLeave(repo: string, tx: Transaction, parts: IndexParts): void {
  retire(repo, tx, parts);
  parts.announced.delete(repo);
}

function retire(repo: string, tx: Transaction, { index }: IndexParts): void {
  const label = index.labelOf(repo);
  if (label === undefined) return;
  tx.supersede(label);
  tx.removeParents([label]);
  index.remove(label);
}

function replaceRevision(arrival: Arrival, tx: Transaction, parts: IndexParts): void {
  const { event, sketch, sketchBytes, since } = arrival;
  const { hub, repo, sha, claim, bytesRead, bytesPublished } = event.data;
  retire(repo, tx, parts);
  const { architecture, coordinates, contentHash, fingerprint } = sketch;
  const createdAt = Date.parse(event.data.createdAt);
  const identity = { partition: parts.partition, hub, repo, sha, architecture, createdAt, contentHash };
  const sizes = { coordinates, bytesRead, bytesPublished };
  const label = tx.putModel({
    ...identity,
    publishedAt: since,
    fingerprint,
    sketch: sketchBytes,
    claim,
    ...sizes,
  });
  parts.comparer.arrived(label, () => toObservation(sketch), sketchBytes);
  parts.claims.set(label, claim);
  const model = { label, repo, sha, architecture, coordinates, contentHash, createdAt, tombstone: false };
  parts.index.add(model, fingerprint);
}
