import { createRequire } from 'node:module';

/**
 * Two things about kafkajs 2.2.4, its last version, that cannot be had from outside. Any other version is left as it is: the
 * first is then a matter of CPU time only, without the second a partition's next owner may begin before we have let go of it.
 */
const PATCHED_VERSION = '2.2.4';

interface RequestQueue {
  throttleCheckTimeoutId: NodeJS.Timeout | null;
  readonly throttledUntil: number;
  readonly pending: readonly unknown[];
  checkPendingRequests(): void;
  scheduleCheckPendingRequests(): void;
}

interface ConsumerGroup {
  readonly groupId: string;
  readonly memberId: string | null;
  readonly generationId: number | null;
  readonly coordinator: { heartbeat(member: object): Promise<unknown> } | null;
  readonly assigners: readonly Partial<LeavesFirst>[];
  joinAndSync: (this: ConsumerGroup) => Promise<void>;
}

interface Class<T> {
  readonly prototype: T;
}

/** What a partition assigner may have besides what kafkajs calls. */
export interface LeavesFirst {
  /**
   * Called before the member joins a group, again or for the first time: resolves when it has let go of what it was assigned.
   * `stayAlive` tells the group that the member is still there, and is null where the group does not know the member any more.
   */
  beforeJoin(stayAlive: (() => Promise<void>) | null): Promise<void>;
}

const PENDING_CHECK_MS = 10;
let patched = false;

export function patchKafkajs(): void {
  if (patched) return;
  patched = true;
  const load = createRequire(__filename);
  if ((load('kafkajs/package.json') as { version: string }).version !== PATCHED_VERSION) return;
  stopIdleLoop((load('kafkajs/src/network/requestQueue') as Class<RequestQueue>).prototype);
  leaveBeforeJoining((load('kafkajs/src/consumer/consumerGroup') as Class<ConsumerGroup>).prototype);
}

/**
 * An idle connection asks 1,000 times a second whether it may send what it does not have: 3.7 % of a core (tulios/kafkajs#1751),
 * and a warning each time on Node 24, since the time to wait is negative.
 */
function stopIdleLoop(queue: RequestQueue): void {
  queue.scheduleCheckPendingRequests = function (this: RequestQueue): void {
    if (this.throttleCheckTimeoutId !== null) return;
    const throttledMs = this.throttledUntil - Date.now();
    if (throttledMs <= 0 && this.pending.length === 0) return;
    const check = (): void => {
      this.throttleCheckTimeoutId = null;
      this.checkPendingRequests();
    };
    this.throttleCheckTimeoutId = setTimeout(check, throttledMs > 0 ? throttledMs : PENDING_CHECK_MS);
  };
}

/**
 * A group begins anew when all members have joined again, so one that joins before it has closed its files lets others open
 * theirs too early. kafkajs joins at once and tells afterwards.
 */
function leaveBeforeJoining(group: ConsumerGroup): void {
  const join = group.joinAndSync;
  group.joinAndSync = async function (this: ConsumerGroup): Promise<void> {
    const { groupId, memberId, generationId, coordinator } = this;
    const stayAlive = async (): Promise<void> => {
      // The answer is that the group is waiting for us, which we know.
      await coordinator
        ?.heartbeat({ groupId, memberId, groupGenerationId: generationId })
        .catch(() => undefined);
    };
    const known = memberId === null ? null : stayAlive;
    for (const assigner of this.assigners) await assigner.beforeJoin?.(known);
    await join.call(this);
  };
}
