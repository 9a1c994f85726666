import type { Unplaced } from './kafka-record';
import { recordBytes } from './kafka-record';
import { SendQueue } from './send-queue';

const record = (value: string): Unplaced => ({ key: 'k', value });
const bytes = recordBytes(record('12345'));

describe('SendQueue', () => {
  let sent: string[][];
  let atOnce: number;
  let fail: (batch: string[]) => boolean;
  let next: number;

  const newQueue = (batchBytesMax = 3 * bytes, queueBytesMax = 10 * bytes): SendQueue => {
    [sent, atOnce, next, fail] = [[], 0, 0, () => false];
    return new SendQueue('t/0', { batchBytesMax, queueBytesMax }, async (records) => {
      atOnce += 1;
      await new Promise((resolve) => setTimeout(resolve, 1));
      expect(atOnce).toBe(1);
      atOnce -= 1;
      const batch = records.map(({ value }) => value);
      if (fail(batch)) throw new Error('of the broker');
      sent.push(batch);
      next += batch.length;
      return next - batch.length;
    });
  };
  const five = (from: number, count: number): Unplaced[] =>
    Array.from({ length: count }, (_, i) => record(`${10_000 + from + i}`));

  it('sends one batch at a time; appends share them, a large one takes several; positions follow the calls', async () => {
    const queue = newQueue();
    const appends = [queue.append(five(0, 1)), queue.append(five(1, 1)), queue.append(five(2, 5))];
    expect(await Promise.all(appends)).toEqual([[0], [1], [2, 3, 4, 5, 6]]);
    expect(sent.map((batch) => batch.length)).toEqual([3, 3, 1]);
    expect(sent.flat()).toEqual(five(0, 7).map(({ value }) => value));
  });

  it('sends a record that is larger than a batch alone', async () => {
    const queue = newQueue(bytes - 1);
    await queue.append(five(0, 2));
    expect(sent.map((batch) => batch.length)).toEqual([1, 1]);
  });

  it('refuses for now what does not fit in the queue, and has room again when that is sent', async () => {
    const queue = newQueue();
    const full = queue.append(five(0, 10));
    await expect(queue.append(five(10, 1))).rejects.toMatchObject({
      name: 'LogUnavailableError',
      retryable: true,
    });
    await full;
    expect(await queue.append(five(10, 10))).toHaveLength(10);
  });

  it('sends nothing more of an append that has failed, and goes on with the others', async () => {
    const queue = newQueue();
    fail = (batch) => batch.includes('10003');
    const appends = [queue.append(five(0, 3)), queue.append(five(3, 5)), queue.append(five(8, 1))];
    const settled = await Promise.allSettled(appends);
    expect(settled.map(({ status }) => status)).toEqual(['fulfilled', 'rejected', 'fulfilled']);
    expect(sent.flat()).toEqual([...five(0, 3), ...five(8, 1)].map(({ value }) => value));
    await queue.drained;
    expect(await queue.append(five(9, 10))).toHaveLength(10);
  });
});
