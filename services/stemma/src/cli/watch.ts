import pc from 'picocolors';
import type { Changes } from '@stemma/query';
import { NotRunningError, type QueryClient } from './query-client';
import type { Terminal } from './terminal';

const WAIT_SECONDS = 30;
const RECONNECT_MS = 1_000;

/**
 * `stemma watch`: prints changes as they come, from a place in the feed on, until the signal aborts. Goes on after a restart of
 * the server.
 */
export async function watchChanges(
  client: QueryClient,
  after: Changes['next'],
  signal: AbortSignal,
  out: Terminal,
): Promise<void> {
  let place = after;
  let wasRunning = false;
  while (!signal.aborted) {
    try {
      const { changes, next } = await client.changes(place, WAIT_SECONDS, signal);
      for (const change of changes)
        if (out.json) out.printJson(change);
        else out.print(sentenceOf(change));
      place = next;
      wasRunning = true;
    } catch (error) {
      if (signal.aborted) return;
      if (!(error instanceof NotRunningError) || !wasRunning) throw error;
      await new Promise((resolve) => setTimeout(resolve, RECONNECT_MS));
    }
  }
}

type Change = Changes['changes'][number];

/** One change in one line. */
export function sentenceOf(change: Change): string {
  const { partition, seq, kind, model, parent, relation, verdict, confidence } = change;
  const number = pc.dim(`${partition === 0 ? '' : `${partition}/`}${seq}`.padStart(6));
  if (kind === 'deleted') return `${number}  ${pc.red('−')} ${model} is gone`;
  const doubt = verdict === 'uncertain' || verdict === 'variant' ? pc.yellow(` ${verdict}`) : '';
  const from =
    parent.after === null
      ? 'is a root'
      : `← ${parent.after}  ${pc.dim(`${relation ?? 'kin'} ${confidence.toFixed(2)}`)}${doubt}`;
  const sign = kind === 'arrived' ? pc.green('+') : pc.cyan('~');
  const was = kind === 'reparented' ? pc.dim(`  (was ${parent.before ?? 'a root'})`) : '';
  return `${number}  ${sign} ${model} ${from}${was}`;
}
