import { mapBounded } from './map-bounded';
import { HubUnavailableError } from './outcome';
import { Pace } from './pace';
import { Slots } from './slots';

describe('Pace', () => {
  test('lets a full burst go, then one as soon as one has left the window', () => {
    const pace = new Pace(3, 1000);
    expect([0, 10, 20].map((now) => pace.book(now))).toEqual([0, 10, 20]);
    expect([30, 30, 2000].map((now) => pace.book(now))).toEqual([1000, 1010, 2000]);
  });

  test('never has more than its number in any window', () => {
    const pace = new Pace(5, 100);
    const starts = Array.from({ length: 200 }, (_, i) => pace.book(i * 7));
    for (const [i, start] of starts.entries())
      expect((starts[i + 5] ?? Infinity) - start).toBeGreaterThanOrEqual(100);
  });

  test('pauses who has not booked yet', () => {
    const pace = new Pace(5, 1000);
    pace.pause(500);
    pace.pause(200);
    expect([pace.book(0), pace.book(600)]).toEqual([500, 600]);
  });
});

describe('Slots', () => {
  const blocked = () => {
    let release = () => {};
    const until = new Promise<void>((resolve) => (release = resolve));
    return { until, release: () => release() };
  };

  test('lets two in, the others in order as slots come free, also after a failure', async () => {
    const slots = new Slots(2, 10);
    const gates = [blocked(), blocked(), blocked()];
    const entered: number[] = [];
    const runs = gates.map((gate, i) =>
      slots.run(undefined, async () => {
        entered.push(i);
        await gate.until;
        if (i === 0) throw new Error('first');
      }),
    );
    const first = expect(runs[0]).rejects.toThrow('first');
    await new Promise(setImmediate);
    expect(entered).toEqual([0, 1]);
    gates[0]!.release();
    await first;
    expect(entered).toEqual([0, 1, 2]);
    for (const gate of gates) gate.release();
    await Promise.all(runs.slice(1));
  });

  test('turns away what is over the queue, and lets an aborted waiter leave it', async () => {
    const slots = new Slots(1, 1);
    const gate = blocked();
    const running = slots.run(undefined, () => gate.until);
    const abort = new AbortController();
    const waiting = slots.run(abort.signal, async () => {});
    await expect(slots.run(undefined, async () => {})).rejects.toThrow(HubUnavailableError);
    abort.abort(new Error('stopped'));
    await expect(waiting).rejects.toThrow('stopped');
    const next = slots.run(undefined, async () => 'entered');
    gate.release();
    await running;
    expect(await next).toBe('entered');
  });
});

describe('mapBounded', () => {
  test('keeps the order and never runs more than its number at once', async () => {
    let running = 0;
    let most = 0;
    const doubled = await mapBounded([5, 1, 4, 2, 3], 2, async (value) => {
      most = Math.max(most, ++running);
      await new Promise((resolve) => setTimeout(resolve, value));
      running -= 1;
      return 2 * value;
    });
    expect(doubled).toEqual([10, 2, 8, 4, 6]);
    expect(most).toBe(2);
  });

  test('starts nothing more after a failure', async () => {
    const started: number[] = [];
    const work = mapBounded([1, 2, 3], 1, async (value) => {
      started.push(value);
      if (value === 2) throw new Error('two');
    });
    await expect(work).rejects.toThrow('two');
    expect(started).toEqual([1, 2]);
  });
});
