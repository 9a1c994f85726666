import { environment, versionOfStemma } from './config';
import { EXIT } from './exit-code';
import { describeError } from './notes';
import { openKafkaLog } from './open-kafka-log';
import { runService } from './run-service';
import type { ServiceDefinition } from './service-definition';
import type { Settings } from './settings';

/** Terminals, npm and whoever started a process may each pass one wish to stop on. */
const SAME_WISH_MS = 1_000;

/**
 * This process is one service on Kafka, until SIGTERM or SIGINT; a second one ends it at once. What nobody caught ends it as
 * well: the next start goes on from what was stored.
 */
export function runProcess<S extends Settings>(definition: ServiceDefinition<S>): void {
  const stopping = new AbortController();
  let wishedMs = Infinity;
  const write = (line: string): void => void process.stderr.write(line);
  for (const name of ['SIGINT', 'SIGTERM'] as const) {
    process.on(name, () => {
      if (performance.now() - wishedMs > SAME_WISH_MS) process.exit(EXIT.fault);
      wishedMs = Math.min(wishedMs, performance.now());
      stopping.abort();
    });
  }
  process.on('uncaughtException', (error) => {
    write(`${definition.name}: ${describeError(error)}\n`);
    process.exit(EXIT.fault);
  });
  void runService(definition, {
    env: environment(),
    version: versionOfStemma(),
    signal: stopping.signal,
    write,
    openLog: openKafkaLog,
  }).then((code) => process.exit(code));
}
