import { setTimeout as sleep } from 'node:timers/promises';
import { EXIT } from '@stemma/service';
import { startMember, type Member, type MemberCommand, type MemberEnd } from './member';

export interface ConstellationOptions {
  readonly members: readonly MemberCommand[];
  /** Takes whole lines, the member's name in front. */
  readonly write: (line: string) => void;
  /** Wait before a member that ended is started again; it doubles with every further end. */
  readonly backoffMs?: number;
  /** A member that ends so often in a row has ended for good. */
  readonly startsMax?: number;
  /** A member that has lived so long is in good order again. */
  readonly soundAfterMs?: number;
  /** How long members have to stop before they are killed. */
  readonly stopMsMax?: number;
}

const DEFAULTS = { backoffMs: 1_000, startsMax: 5, soundAfterMs: 60_000, stopMsMax: 40_000 };

/**
 * Runs several services as processes of their own until the signal aborts or one of them has ended for good: then it stops all.
 * One that ends otherwise is started again.
 *
 * @returns 0 after the signal, else the status of the one that ended
 */
export async function runConstellation(options: ConstellationOptions, signal: AbortSignal): Promise<number> {
  const settings = { ...DEFAULTS, ...options };
  const ending = new AbortController();
  const stopping = AbortSignal.any([signal, ending.signal]);
  const codes = await Promise.all(
    settings.members.map(async (command) => {
      const code = await keepMember(command, settings, stopping);
      ending.abort();
      return code;
    }),
  );
  return codes.find((code) => code !== EXIT.done) ?? EXIT.done;
}

type Settings = typeof DEFAULTS & ConstellationOptions;

/** @returns the status with which it ended for good; 0 where it was told to stop */
async function keepMember(command: MemberCommand, settings: Settings, signal: AbortSignal): Promise<number> {
  const { write, backoffMs, startsMax, soundAfterMs } = settings;
  for (let starts = 1; ; starts++) {
    const startedMs = performance.now();
    const member = startMember(command, write);
    const end = await untilEnd(member, settings, signal);
    if (signal.aborted) return EXIT.done;
    if (performance.now() - startedMs >= soundAfterMs) starts = 1;
    const how = describe(end);
    if (end.code === EXIT.usage || starts >= startsMax) {
      write(`${member.prefix}${how}; all stop`);
      return end.code === null || end.code === EXIT.done ? EXIT.fault : end.code;
    }
    const waitMs = backoffMs * 2 ** (starts - 1);
    write(`${member.prefix}${how}; it is started again in ${waitMs / 1_000} s`);
    await sleep(waitMs, undefined, { signal }).catch(() => undefined);
    if (signal.aborted) return EXIT.done;
  }
}

async function untilEnd(
  member: Member,
  { write, stopMsMax }: Settings,
  signal: AbortSignal,
): Promise<MemberEnd> {
  let late: NodeJS.Timeout | undefined;
  const stop = (): void => {
    member.signal('SIGTERM');
    late = setTimeout(() => {
      write(`${member.prefix}does not stop and is killed`);
      member.signal('SIGKILL');
    }, stopMsMax);
  };
  if (signal.aborted) stop();
  else signal.addEventListener('abort', stop, { once: true });
  try {
    return await member.ended;
  } finally {
    signal.removeEventListener('abort', stop);
    clearTimeout(late);
  }
}

const describe = ({ code, signal }: MemberEnd): string =>
  code === null ? `was ended by ${signal}` : `ended with status ${code}`;
