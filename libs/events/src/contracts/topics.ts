import type { TopicSpec } from '../event-log';

/** The four topics (DESIGN 4.1). The version is part of the name; a CloudEvent's `type` is its topic. */
export const PUBLISHED = 'stemma.model.published.v1';
export const SKETCHED = 'stemma.model.sketched.v1';
export const CHANGED = 'stemma.lineage.changed.v1';
export const DEAD = 'stemma.dead.v1';

export type Topic = typeof PUBLISHED | typeof SKETCHED | typeof CHANGED | typeof DEAD;

export const TOPICS: readonly Topic[] = [PUBLISHED, SKETCHED, CHANGED, DEAD];

const DAY_MS = 86_400_000;

/** What to pass to `EventLog.ensureTopics`: the clean-up of DESIGN 4.1 and `partitions` partitions each. */
export function topicSpecs(partitions = 1): TopicSpec[] {
  return [
    { name: PUBLISHED, partitions, cleanup: 'delete', retentionMs: 30 * DAY_MS },
    { name: SKETCHED, partitions, cleanup: 'compact' },
    { name: CHANGED, partitions, cleanup: 'keep' },
    { name: DEAD, partitions, cleanup: 'keep' },
  ];
}
