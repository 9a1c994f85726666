import type { Transaction } from '@stemma/store';
import type { Arrival, Departure } from './admit';
import type { IndexParts } from './index-parts';

/** What an event did to the set of models. */
export type Enrolled = 'entered' | 'left' | 'known';

/**
 * Gives an arrival its label and takes the revision before it out. An event that was delivered before changes nothing: of a
 * repository the newest event in the log counts.
 */
export async function enrolArrival(arrival: Arrival, tx: Transaction, parts: IndexParts): Promise<Enrolled> {
  const { event, sketch, sketchBytes, observation } = arrival;
  const { hub, repo, sha, claim, bytesRead, bytesPublished } = event.data;
  const head = await tx.modelByRepo(hub, repo);
  if (head?.state === 'live' && head.sha === sha) return 'known';
  if (head?.state === 'live') tx.supersede(head.label);
  if (head?.state === 'tombstone') tx.remove(head.label);
  if (head !== null && parts.index.has(head.label)) {
    parts.index.remove(head.label);
    tx.removeParents([head.label]);
  }
  const { architecture, contentHash, fingerprint } = sketch;
  const createdAt = Date.parse(event.data.createdAt);
  const identity = { partition: parts.partition, hub, repo, sha, architecture, createdAt, contentHash };
  const publishedAt = Date.parse(event.time);
  const sizes = { bytesRead, bytesPublished };
  const label = tx.putModel({ ...identity, publishedAt, fingerprint, sketch: sketchBytes, claim, ...sizes });
  parts.observations.put(label, observation);
  parts.claims.set(label, claim);
  parts.index.add({ label, repo, sha, architecture, contentHash, createdAt, tombstone: false }, fingerprint);
  return 'entered';
}

/**
 * Takes a deleted repository out. One that others descend from stays as a tombstone with its sketch: its children would
 * otherwise be given parents that they do not have. The forest must be settled.
 */
export async function enrolDeparture(
  { event }: Departure,
  tx: Transaction,
  parts: IndexParts,
): Promise<Enrolled> {
  const head = await tx.modelByRepo(event.data.hub, event.data.repo);
  if (head?.state !== 'live') return 'known';
  const { index } = parts;
  if (isNeeded(head.label, parts)) {
    tx.tombstone(head.label);
    index.bury(head.label);
  } else {
    tx.remove(head.label);
    index.remove(head.label);
  }
  return 'left';
}

/** Takes out tombstones that nothing descends from any more and notes their names. Returns how many there were. */
export function clearTombstones(tx: Transaction, parts: IndexParts, gone: Set<string>): number {
  const idle = parts.index.tombstones().filter((label) => !isNeeded(label, parts));
  for (const label of idle) {
    gone.add(parts.index.model(label).repo);
    tx.remove(label);
    parts.index.remove(label);
  }
  return idle.length;
}

/** A copy elsewhere takes over the children of a model that goes; the last of its kind is needed while it has some. */
function isNeeded(label: number, { index }: IndexParts): boolean {
  return index.copies(label).length === 1 && index.childrenOf(label).length > 0;
}
