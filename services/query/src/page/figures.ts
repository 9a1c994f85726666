const NUMBERS = new Intl.NumberFormat('en');
const UNITS = ['B', 'kB', 'MB', 'GB', 'TB', 'PB'];

export function number(value: number): string {
  return NUMBERS.format(value);
}

export function bytes(value: number): string {
  const power = value > 0 ? Math.min(UNITS.length - 1, Math.floor(Math.log10(value) / 3)) : 0;
  const scaled = value / 1000 ** power;
  return `${scaled.toFixed(power === 0 || scaled >= 100 ? 0 : 1)} ${UNITS[power]}`;
}

/** The number of a change; every partition numbers its own, so all but the first say which one they are. */
export function changeNumber({ partition, seq }: { partition: number; seq: number }): string {
  return `#${partition === 0 ? '' : `${partition}/`}${number(seq)}`;
}

/** A probability in per cent; 100 % only where it is certain. */
export function percent(probability: number): string {
  const shown = Math.round(probability * 100);
  return `${shown === 100 && probability < 1 ? 99 : shown} %`;
}

export function plural(count: number, noun: string): string {
  return `${number(count)} ${noun}${count === 1 ? '' : 's'}`;
}

/** Address of a model's page. */
export function modelPath(model: string): string {
  return `/models/${model.split('/').map(encodeURIComponent).join('/')}`;
}

export function shortName(model: string): string {
  return model.slice(model.indexOf('/') + 1);
}

export function organisation(model: string): string {
  return model.slice(0, Math.max(0, model.indexOf('/')));
}
