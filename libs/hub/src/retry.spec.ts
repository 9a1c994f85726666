import { askedWaitMs, backoffMs } from './retry';

const now = Date.UTC(2026, 0, 1);
const asked = (headers: Record<string, string>) => askedWaitMs(new Headers(headers), now);

test.each([
  ['seconds', { 'retry-after': '7' }, 7_000],
  ['a date', { 'retry-after': 'Thu, 01 Jan 2026 00:00:30 GMT' }, 30_000],
  ['a date that is over', { 'retry-after': 'Wed, 31 Dec 2025 00:00:30 GMT' }, 0],
  [
    'an exhausted budget of the Hub',
    { ratelimit: '"api";r=0;t=55', 'ratelimit-policy': '"fixed window";"api";q=500;w=300' },
    55_000,
  ],
  ['an exhausted budget, older draft', { ratelimit: 'limit=100, remaining=0, reset=9' }, 9_000],
  ['a budget with room left', { ratelimit: '"api";r=12;t=55' }, null],
  ['nothing', {}, null],
  ['nonsense', { 'retry-after': 'soon', ratelimit: 'r=;t=' }, null],
  ['a number out of reach', { 'retry-after': '9'.repeat(400) }, null],
])('reads %s', (_what, headers, waitMs) => {
  expect(asked(headers)).toBe(waitMs);
});

test('backs off exponentially to a bound, half of it drawn', () => {
  const options = { attemptsMax: 9, backoffMs: 100, retryAfterMsMax: 1_000 };
  const waits = (random: () => number) =>
    [1, 2, 3, 4, 5].map((failures) => backoffMs(failures, options, random));
  expect(waits(() => 1)).toEqual([100, 200, 400, 800, 1_000]);
  expect(waits(() => 0)).toEqual([50, 100, 200, 400, 500]);
});
