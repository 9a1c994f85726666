import { benchTable } from './bench-table';

const lines = (...args: Parameters<typeof benchTable>): string[] => benchTable(...args).split('\n');

it('holds each figure against its peer or its limit', () => {
  const [, , title, ...rows] = lines([
    {
      bench: 'libs/store/src/store.bench.ts',
      seconds: 12.4,
      failed: false,
      figures: [
        { figure: 'a commit of 64', value: 516, unit: 'models/s', peer: { name: 'DuckDB', value: 258 } },
        { figure: 'arrival, p99', value: 8.256, unit: 'ms', limit: { atMost: 50 } },
        { figure: 'arrivals', value: 150, unit: '/s', limit: { atLeast: 200 } },
        { figure: 'arrival', value: 0.5, unit: 'ms', peer: { name: 'rerun', value: 4_000 } },
        { figure: 'resident', value: 1_234_567.8, unit: 'KiB' },
      ],
    },
  ]);
  expect(title).toBe('libs/store/src/store.bench.ts (12 s)');
  expect(rows.map((row) => row.trim().split(/ {2,}/))).toEqual([
    ['a commit of 64', '516 models/s', 'DuckDB 258', '2'],
    ['arrival, p99', '8.26 ms', 'at most 50 ms', '0.165'],
    ['arrivals', '150 /s', 'at least 200 /s', '0.75!'],
    ['arrival', '0.5 ms', 'rerun 4,000', '1/8,000'],
    ['resident', '1,234,568 KiB'],
  ]);
});

it('stays within 80 columns, whatever the names', () => {
  const long = 'a very long name of a figure that nobody could ever fit into one column of a table';
  const table = lines([
    {
      bench: 'x',
      seconds: 0,
      failed: true,
      figures: [
        { figure: long, value: 1, unit: 'things', peer: { name: long, value: 1e9 } },
        { figure: 'y'.repeat(100), value: NaN, unit: 'ms', limit: { atMost: 1 } },
      ],
    },
  ]);
  expect(Math.max(...table.map((line) => line.length))).toBeLessThanOrEqual(80);
  expect(table[2]).toBe('x (FAILED after 0 s)');
  expect(table.map((line) => line.slice(0, 32).trim()).join(' ')).toContain(long);
  expect(table.at(-4)).toMatch(/NaN ms .*at most 1 ms .*NaN!/);
});
