import { createRequire } from 'node:module';
import { patchKafkajs } from './kafkajs-patches';

const load = createRequire(__filename);

interface Queue {
  throttleCheckTimeoutId: NodeJS.Timeout | null;
  throttledUntil: number;
  pending: unknown[];
  checkPendingRequests(): void;
  scheduleCheckPendingRequests(): void;
}

describe('what we change of kafkajs', () => {
  it('is made for this version; look at it again before another one', () => {
    expect((load('kafkajs/package.json') as { version: string }).version).toBe('2.2.4');
  });

  it('lets an idle connection sleep, and looks again where requests wait or the broker has asked for a pause', async () => {
    patchKafkajs();
    const { prototype } = load('kafkajs/src/network/requestQueue') as { prototype: Queue };
    let checks = 0;
    const queue = Object.assign(Object.create(prototype) as Queue, {
      throttleCheckTimeoutId: null,
      throttledUntil: -1,
      pending: [] as unknown[],
      checkPendingRequests: () => void (checks += 1),
    });
    queue.scheduleCheckPendingRequests();
    expect(queue.throttleCheckTimeoutId).toBeNull();
    queue.pending.push({});
    queue.scheduleCheckPendingRequests();
    await new Promise((resolve) => setTimeout(resolve, 40));
    expect([checks, queue.throttleCheckTimeoutId]).toEqual([1, null]);
    queue.pending.pop();
    queue.throttledUntil = Date.now() + 20;
    queue.scheduleCheckPendingRequests();
    expect(queue.throttleCheckTimeoutId).not.toBeNull();
    await new Promise((resolve) => setTimeout(resolve, 60));
    expect(checks).toBe(2);
  });

  it('has a member let go of what it has before it joins', async () => {
    const { prototype } = load('kafkajs/src/consumer/consumerGroup') as { prototype: object };
    const order: unknown[] = [];
    const group = Object.assign(Object.create(prototype) as { joinAndSync(): Promise<void> }, {
      memberId: 'm',
      coordinator: { heartbeat: async () => void order.push('heartbeat') },
      assigners: [
        {
          beforeJoin: async (stayAlive: () => Promise<void>) => {
            await stayAlive();
            order.push('let go');
          },
        },
        {},
      ],
      retrier: async () => void order.push('join'),
    });
    await group.joinAndSync();
    expect(order).toEqual(['heartbeat', 'let go', 'join']);
  });
});
