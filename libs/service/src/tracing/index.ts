export { startTracing } from './start-tracing';
export { TracedLog } from './traced-log';
