export { EXIT, exitCodeOf, type ExitCode } from './exit-code';
export { keepTrying, supervise, type KeepTryingOptions } from './keep-trying';
export { startHealthServer, type HealthServer, type Vitals } from './health-server';
export { describeError, noteLines, type NoteFormat, type Notes } from './notes';
export {
  brokerList,
  durationMs,
  folder,
  httpUrl,
  instant,
  integer,
  oneOf,
  share,
  text,
} from './setting-kinds';
export { readSettings, type Env, type Setting, type Settings, type Values } from './settings';
export { UsageError } from './usage-error';
