export { commonSettings, type CommonSettings } from './common-settings';
export { environment, versionOfStemma } from './config';
export { DelegatingLog } from './delegating-log';
export { EXIT, exitCodeOf, isRetryable, type ExitCode } from './exit-code';
export { ImpatientLog } from './impatient-log';
export {
  HUGGING_FACE_URL,
  hub,
  hubSettings,
  modelPages,
  openHub,
  openObservedHub,
  parseHub,
  type HubChoice,
  type OpenHub,
} from './hub';
export { keepTrying, supervise, type KeepTryingOptions } from './keep-trying';
export { allMetrics, type MetricDescription } from './metrics/all-metrics';
export { WalkMetrics } from './metrics/hub-metrics';
export { IndexMetrics } from './metrics/index-metrics';
export { QueryMetrics } from './metrics/query-metrics';
export { maintain } from './maintain';
export { describeError, noteLines, type NoteFormat, type Notes } from './notes';
export { openKafkaLog } from './open-kafka-log';
export { ResumingLog } from './resuming-log';
export { runProcess } from './run-process';
export { runService } from './run-service';
export type {
  OpenService,
  ServiceContext,
  ServiceDefinition,
  ServiceSettings,
  Surroundings,
  Work,
} from './service-definition';
export { durationMs, folder, httpUrl, instant, integer, oneOf, share, text } from './setting-kinds';
export { problemsOf, readSettings, type Env, type Setting, type Settings, type Values } from './settings';
export { UsageError } from './usage-error';
