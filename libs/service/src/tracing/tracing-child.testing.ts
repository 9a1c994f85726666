import { startTracing } from './start-tracing';

/**
 * Ends two spans under the service and address of its arguments, one after the other has been sent, and prints each failure.
 * A process of its own: the exporter loads `node:http` in a way that jest does not know.
 */
async function main(): Promise<void> {
  const [service = '', otlpUrl = ''] = process.argv.slice(2);
  const options = { service, otlpUrl, version: '1.2.3', sampledShare: 1 };
  const tracing = startTracing({
    ...options,
    onExportFailed: (error) => console.log(`failed: ${error?.message}`),
  });
  tracing.tracer.startSpan('work').end();
  await tracing.close();
}

void main();
