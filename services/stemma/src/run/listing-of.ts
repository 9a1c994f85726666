import type { Listing } from '@stemma/watcher';
import type { OpenHub } from './open-hub';

/** A listing of named repositories of a hub; whoever is not there is reported through `onMissing`. */
export function listingOf(
  repos: readonly string[],
  hub: OpenHub['client'],
  onMissing: (repo: string, detail: string) => void,
): Listing {
  return {
    async *list() {
      for (const repo of repos) {
        const described = await hub.describe(repo, 'main');
        if (described.type === 'rejected') onMissing(repo, described.detail);
        else
          yield {
            repo: described.repo,
            sha: described.sha,
            createdAt: described.createdAt,
            updatedAt: described.createdAt,
          };
      }
    },
    describe: (repo, revision) => hub.describe(repo, revision),
  };
}
