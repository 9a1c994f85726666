export const times = (factor: number): string => (factor === 1 ? 'as today' : `× ${integer(factor)}`);
export const integer = (count: number): string => count.toLocaleString('en');
export const percent = (share: number): string =>
  share >= 10 ? `${integer(Math.round(share))} ×` : `${Number((100 * share).toPrecision(2))} %`;
export const seconds = (s: number): string => {
  if (s < 1) return `${Math.round(1_000 * s)} ms`;
  if (s < 120) return `${s.toFixed(1)} s`;
  return s < 7_200 ? `${(s / 60).toFixed(0)} min` : `${(s / 3_600).toFixed(1)} h`;
};

export function bytes(count: number): string {
  const units = ['B', 'kB', 'MB', 'GB', 'TB'];
  let [value, unit] = [count, 0];
  for (; value >= 999.5 && unit < units.length - 1; unit++) value /= 1_000;
  return `${value >= 99.5 ? Math.round(value) : Number(value.toPrecision(2))} ${units[unit]}`;
}

export function table(head: readonly string[], rows: readonly (readonly string[])[]): string {
  const line = (cells: readonly string[]): string => `| ${cells.join(' | ')} |`;
  const rule = head.map((_, at) => (at === 0 ? '---' : '---:'));
  return [line(head), line(rule), ...rows.map(line), ''].join('\n');
}
