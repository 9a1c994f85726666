import { join } from 'node:path';
import { indexerService } from '@stemma/indexer';
import { queryService } from '@stemma/query';
import { commonSettings, problemsOf, UsageError, type Env, type ServiceDefinition } from '@stemma/service';
import { sketcherService } from '@stemma/sketcher';
import { watcherService } from '@stemma/watcher';
import pc from 'picocolors';
import type { MemberCommand } from './member';

type Described = Pick<ServiceDefinition, 'name' | 'settings' | 'healthPort'>;

/** The four services, in the order of the arrow line. */
export const SERVICES: readonly Described[] = [watcherService, sketcherService, indexerService, queryService];

const PAINTS = [pc.cyan, pc.magenta, pc.yellow, pc.green];
const WIDTH = Math.max(...SERVICES.map(({ name }) => name.length));

/**
 * What to start for a whole constellation. Throws one `UsageError` with all that any of the services would object to. They
 * share one environment but for the ports of their health, which are counted up from `STEMMA_HEALTH_PORT`.
 *
 * @param run - the command that runs a TypeScript or compiled main file
 */
export function constellationOf(
  env: Env,
  run: (name: string) => readonly [string, ...string[]],
): MemberCommand[] {
  const problems = SERVICES.flatMap(({ settings, healthPort }) =>
    problemsOf({ ...commonSettings(healthPort), ...settings }, env),
  );
  if (problems.length > 0) throw new UsageError([...new Set(problems)].join('\n'));
  const first = Number(env.STEMMA_HEALTH_PORT ?? '') || null;
  return SERVICES.map(({ name, healthPort }, i) => {
    const port = env.STEMMA_HEALTH_PORT === '0' ? 0 : first === null ? healthPort : first + i;
    const paint = PAINTS[i] ?? pc.white;
    return {
      name,
      prefix: `${paint(name.padEnd(WIDTH))} │ `,
      command: run(name),
      env: { ...env, STEMMA_HEALTH_PORT: String(port) },
    };
  });
}

/** The compiled main file of a service, as it lies beside this one. */
export const mainOf = (name: string): string => join(__dirname, `../../../${name}/src/main.js`);
