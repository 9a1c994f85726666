import { setTimeout as sleep } from 'node:timers/promises';
import { commonSettings } from './common-settings';
import { EXIT, exitCodeOf, type ExitCode } from './exit-code';
import { describeError, noteLines } from './notes';
import type { ServiceDefinition, ServiceSettings, Surroundings } from './service-definition';
import { ServiceLife } from './service-life';
import { readSettings, type Settings } from './settings';

/**
 * Runs one service from its settings to its end. Told to stop, it says that it is not ready any more, finishes what it has in
 * hand and lets go, all within a bound. Never rejects.
 *
 * @returns how the process is to exit
 */
export async function runService<S extends Settings>(
  definition: ServiceDefinition<S>,
  surroundings: Surroundings,
): Promise<ExitCode> {
  const { name } = definition;
  const { write, env } = surroundings;
  let settings: ServiceSettings<S>;
  try {
    const all = { ...commonSettings(definition.healthPort), ...definition.settings };
    settings = readSettings(all, env);
  } catch (error) {
    write(`The ${name} cannot start:\n${describeError(error).replace(/^/gm, '  ')}\n`);
    return exitCodeOf(error);
  }
  const notes = noteLines(name, settings.logFormat, write);
  const life = new ServiceLife(definition, settings, notes, surroundings);
  const over = new AbortController();
  const tooLate = async (): Promise<ExitCode> => {
    await life.stopping;
    await sleep(settings.stopMsMax, undefined, { signal: over.signal });
    const seconds = settings.stopMsMax / 1_000;
    notes('error', `not stopped within ${seconds} s: what was in hand is taken up by the next start`);
    return life.exitCode === EXIT.done ? EXIT.fault : life.exitCode;
  };
  const late = tooLate();
  late.catch(() => undefined);
  try {
    return await Promise.race([life.live().then(() => life.exitCode), late]);
  } finally {
    over.abort();
  }
}
