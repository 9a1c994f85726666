import { brokerList, durationMs, httpUrl, integer, oneOf, saslLogin, share, text } from './setting-kinds';

const HOUR_MS = 3_600_000;

/** What every service of its own reads from its environment. `healthPort` is the default that tells services on one machine apart. */
export const commonSettings = (healthPort: number) => ({
  brokers: brokerList('STEMMA_KAFKA_BROKERS'),
  tls: oneOf('STEMMA_KAFKA_TLS', ['off', 'on'], { fallback: 'off' }),
  sasl: saslLogin('STEMMA_KAFKA_SASL'),
  partitions: integer('STEMMA_PARTITIONS', { min: 1, max: 1_024, fallback: 12 }),
  host: text('STEMMA_HOST', {
    pattern: /^[\w.:-]{1,253}$/,
    expected: 'an address to listen on, such as 127.0.0.1 or 0.0.0.0',
    fallback: '127.0.0.1',
  }),
  healthPort: integer('STEMMA_HEALTH_PORT', { min: 0, max: 65_535, fallback: healthPort }),
  startMsMax: durationMs('STEMMA_START_TIMEOUT', { maxMs: HOUR_MS, fallback: 60_000 }),
  stopMsMax: durationMs('STEMMA_STOP_TIMEOUT', { minMs: 1_000, maxMs: HOUR_MS, fallback: 30_000 }),
  logFormat: oneOf('STEMMA_LOG', ['text', 'json'], { fallback: 'text' }),
  otlpUrl: httpUrl('STEMMA_OTLP_URL', { fallback: null }),
  traceShare: share('STEMMA_TRACE_SHARE', { fallback: 1 }),
});

export type CommonSettings = ReturnType<typeof commonSettings>;
