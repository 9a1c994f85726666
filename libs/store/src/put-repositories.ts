import { keyOfRepository, type Changeset } from './changeset';
import { repositoryColumns } from './columns';
import type { Connection } from './connection';
import type { Repository, RepositoryEvents } from './rows';

/** Repositories that the database has, each with the label of its head, by {@link keyOfRepository}. */
export type KnownRepositories = ReadonlyMap<string, number | null>;

interface RepositoryName {
  readonly hub: string;
  readonly repo: string;
}

/** Those that a changeset says something of. */
export async function repositoriesNamed(
  connection: Connection,
  { models, events }: Changeset,
): Promise<KnownRepositories> {
  const repos = new Set([...models, ...events.values()].map(({ repo }) => repo));
  if (repos.size === 0) return new Map();
  const rows = await connection.rows<RepositoryName & { label: number | null }>(
    'SELECT hub, repo, label FROM repositories WHERE repo IN (SELECT unnest($1::VARCHAR[]))',
    [[...repos]],
  );
  return new Map(rows.map((row) => [keyOfRepository(row), row.label]));
}

/**
 * Heads and newest events of repositories; what is not told of one stays as it is. What is new is appended and what is known
 * is updated, since an INSERT that resolves conflicts takes as long as all else of a small commit.
 */
export async function putRepositories(
  connection: Connection,
  { models, events }: Changeset,
  known: KnownRepositories,
): Promise<void> {
  const rows = new Map<string, NewsOfRepository>();
  for (const { hub, repo, label } of models) rows.set(keyOfRepository({ hub, repo }), { hub, repo, label });
  for (const [key, event] of events) rows.set(key, { ...rows.get(key), ...event });
  const all = [...rows].map(([key, row]) => ({ row, isKnown: known.has(key) }));
  const news = all.filter(({ isKnown }) => !isKnown).map(({ row }) => ({ ...NOTHING, ...row }));
  await connection.append('repositories', repositoryColumns(news));
  await updateRepositories(
    connection,
    all.filter(({ isKnown }) => isKnown).map(({ row }) => row),
  );
}

interface NewsOfRepository extends RepositoryName, Partial<RepositoryEvents> {
  readonly label?: number;
}

const NOTHING: Pick<Repository, 'label' | 'arrival' | 'departure'> = {
  label: null,
  arrival: null,
  departure: null,
};

async function updateRepositories(connection: Connection, rows: readonly NewsOfRepository[]): Promise<void> {
  if (rows.length === 0) return;
  // A list parameter cannot hold null: -1 and an empty string stand for it.
  await connection.run(
    `UPDATE repositories SET label = coalesce(nullif(news.label, -1), repositories.label),
       arrival = coalesce(nullif(news.arrival, ''), repositories.arrival),
       departure = coalesce(nullif(news.departure, ''), repositories.departure) FROM
       (SELECT unnest($1::VARCHAR[]) AS hub, unnest($2::VARCHAR[]) AS repo, unnest($3::INTEGER[]) AS label,
         unnest($4::VARCHAR[]) AS arrival, unnest($5::VARCHAR[]) AS departure) AS news
     WHERE repositories.hub = news.hub AND repositories.repo = news.repo`,
    [
      rows.map(({ hub }) => hub),
      rows.map(({ repo }) => repo),
      rows.map(({ label }) => label ?? -1),
      rows.map(({ arrival }) => arrival ?? ''),
      rows.map(({ departure }) => departure ?? ''),
    ],
  );
}
