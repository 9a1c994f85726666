export { QueryModule } from './query.module';
export { installQuery } from './http/install-query';
export { openApi } from './http/openapi';
export { queryAdapter } from './http/query-adapter';
export {
  DEFAULT_LIMITS,
  type HubLink,
  type PipelineFigures,
  type PipelineStatus,
  type QueryLimits,
  type QueryOptions,
} from './query-options';
export { queryService } from './service';
export { StatusBoard } from './status-board';
export { claimVerdict, CLAIM_VERDICTS, type ClaimVerdict } from './read-model/claim-verdict';
export { type Change, type ChangeHistory, type StoredChange } from './read-model/change-history';
export { fold } from './read-model/fold';
export { LineageState, type ModelState } from './read-model/lineage-state';
export { ReadModel } from './read-model/read-model';
export type {
  Ancestors,
  Changes,
  Claims,
  Descendants,
  Drawing,
  Model,
  ModelDetail,
  Models,
  Rejects,
  Status,
  Tree,
  Trees,
} from './api/schemas';
