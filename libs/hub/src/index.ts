export { HubClient, type DescribedModel, type ListOptions } from './hub-client';
export type { HubOptions } from './hub-options';
export type { ListedModel } from './listed-model';
export { mapBounded } from './map-bounded';
export type { Meter } from './meter';
export { HubUnavailableError, type HubRejected, type HubRejection } from './outcome';
export type { RepositoryFile } from './repository-files';
export type { RevisionReader } from './revision-reader';
export type { HubWait } from './transport';
