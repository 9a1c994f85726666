import cliProgress from 'cli-progress';
import pc from 'picocolors';

/** What the progress line shows; counts are models, sizes are bytes. */
export interface Progress {
  readonly seen: number;
  readonly read: number;
  readonly indexed: number;
  readonly rejected: number;
  readonly trees: number;
  readonly bytesRead: number;
  readonly bytesPublished: number;
}

/** A live line on a terminal; on anything else a plain line now and then, so that logs stay readable. */
export interface ProgressLine {
  update(progress: Progress): void;
  stop(): void;
}

const PLAIN_INTERVAL_MS = 5_000;

export function progressLine(stream: NodeJS.WriteStream, nowMs: () => number): ProgressLine {
  return stream.isTTY ? terminalLine(stream, nowMs) : plainLine(stream, nowMs);
}

function terminalLine(stream: NodeJS.WriteStream, nowMs: () => number): ProgressLine {
  const startedMs = nowMs();
  const bar = new cliProgress.SingleBar({
    stream,
    hideCursor: true,
    clearOnComplete: true,
    barsize: 16,
    barCompleteChar: '█',
    barIncompleteChar: '░',
    format: `{bar} ${pc.bold('{value}')}/{total} models · {detail}`,
  });
  bar.start(0, 0, { detail: 'listening' });
  return {
    update(progress) {
      bar.setTotal(Math.max(progress.seen, 1));
      bar.update(progress.indexed + progress.rejected, { detail: detail(progress, nowMs() - startedMs) });
    },
    stop: () => bar.stop(),
  };
}

function plainLine(stream: NodeJS.WriteStream, nowMs: () => number): ProgressLine {
  const startedMs = nowMs();
  let printedMs = -Infinity;
  let printed = '';
  const print = (progress: Progress): void => {
    const text = `${progress.indexed}/${progress.seen} models · ${detail(progress, nowMs() - startedMs)}`;
    if (text !== printed) stream.write(`${text}\n`);
    printed = text;
    printedMs = nowMs();
  };
  return {
    update(progress) {
      if (nowMs() - printedMs >= PLAIN_INTERVAL_MS) print(progress);
    },
    stop: () => undefined,
  };
}

/** Everything after the bar, short enough for 80 columns. */
export function detail(progress: Progress, elapsedMs: number): string {
  const share = progress.bytesPublished === 0 ? 0 : progress.bytesRead / progress.bytesPublished;
  const rate = elapsedMs <= 0 ? 0 : (1_000 * progress.indexed) / elapsedMs;
  const rejected = progress.rejected === 0 ? '' : ` · ${progress.rejected} rejected`;
  return `${progress.trees} trees · ${bytes(progress.bytesRead)} read (${percent(share)}) · ${rate.toFixed(0)}/s${rejected}`;
}

const UNITS = ['B', 'kB', 'MB', 'GB', 'TB', 'PB'];

/** Decimal units with three significant digits, as disks and networks count. */
export function bytes(count: number): string {
  let value = count;
  let unit = 0;
  for (; value >= 999.5 && unit < UNITS.length - 1; unit++) value /= 1_000;
  return `${unit === 0 ? value : value.toPrecision(3)} ${UNITS[unit]}`;
}

const percent = (share: number): string => `${(100 * share).toPrecision(share >= 0.0995 ? 3 : 2)} %`;

/** A counter for work whose length is known: `███░░ 12/105 reading`. Silent where nobody looks. */
export function countLine(
  stream: NodeJS.WriteStream,
  what: string,
): { update(done: number, total: number, what?: string): void; stop(): void } {
  if (!stream.isTTY) return { update: () => undefined, stop: () => undefined };
  const bar = new cliProgress.SingleBar({
    stream,
    hideCursor: true,
    clearOnComplete: true,
    barsize: 30,
    barCompleteChar: '█',
    barIncompleteChar: '░',
    format: '{bar} {value}/{total} {what}',
  });
  bar.start(1, 0, { what });
  return {
    update(done, total, now = what) {
      bar.setTotal(total);
      bar.update(done, { what: now });
    },
    stop: () => bar.stop(),
  };
}
