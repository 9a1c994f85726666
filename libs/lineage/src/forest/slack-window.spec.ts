import { SlackWindow } from './slack-window';

describe('SlackWindow', () => {
  it.each<[string, number[], number[], number]>([
    ['nothing known', [], [], 0],
    ['a lower bound', [3, -2], [], 3],
    ['an upper bound', [], [3, 9], 3],
    ['both', [10], [21], 18],
    ['one value', [10], [10], 10],
    ['no value', [10], [4], 10],
  ])('chooses with %s', (_, lows, highs, chosen) => {
    const window = new SlackWindow();
    for (const low of lows) window.atLeast(low);
    for (const high of highs) window.atMost(high);
    expect(window.choose()).toBe(chosen);
    expect(window.isEmpty()).toBe(Math.max(...lows) > Math.min(...highs));
  });
});
