export { HubClient, type DescribedModel, type HubOptions, type ListOptions } from './hub-client';
export type { ListedModel } from './listed-model';
export type { Meter } from './meter';
export { HubUnavailableError, type HubRejected, type HubRejection } from './outcome';
export type { RepositoryFile } from './repository-files';
export type { RevisionReader } from './revision-reader';
export { mapBounded } from './slots';
