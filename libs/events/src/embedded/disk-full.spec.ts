import { spawnSync } from 'node:child_process';
import { childCommand, inFolder } from './child.testing';

const own = ['-U', '-r', '-m', 'sh', '-ec'];
const canMount = spawnSync('unshare', [...own, 'mount -t tmpfs none /mnt']).status === 0;

/** On a disk of 500 kB: a tmpfs in a mount namespace of its own. */
(canMount ? it : it.skip)(
  'a full disk is not now: nothing acknowledged is lost, and room is enough to go on',
  () =>
    inFolder(async (folder) => {
      const [command, args] = childCommand('disk-filler', folder);
      const script = 'mount -t tmpfs -o size=500k none "$0"; exec "$@"';
      const { stdout, stderr } = spawnSync('unshare', [...own, script, folder, command, ...args], {
        encoding: 'utf8',
      });
      expect(stderr).toBe('');
      const told = JSON.parse(stdout) as Record<string, number>;
      expect(told).toMatchObject({
        error: { name: 'LogUnavailableError', retryable: true, code: 'ENOSPC' },
        whenFull: { low: 0, high: told.first },
        again: told.first,
        refused: true,
        high: told.afterwards,
        inOrder: true,
      });
      expect(told.first).toBeGreaterThan(10);
      expect(told.afterwards).toBeGreaterThan(told.first! + 5);
    }),
);
