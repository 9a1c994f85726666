import { KafkaLog, type EventLog } from '@stemma/events';
import type { CommonSettings } from './common-settings';
import type { Notes } from './notes';
import type { Values } from './settings';

/** The log of a service: the brokers of its settings, which see it as `stemma-<service>`. */
export function openKafkaLog(
  settings: Values<CommonSettings>,
  service: string,
  notes: Notes,
): Promise<EventLog> {
  const { brokers, tls, sasl, startMsMax } = settings;
  return KafkaLog.open({
    brokers,
    clientId: `stemma-${service}`,
    patienceMs: Math.max(1_000, Math.min(startMsMax, PATIENCE_MS_MAX)),
    ...(tls === 'on' ? { ssl: true } : {}),
    ...(sasl === null ? {} : { sasl }),
    onClientMessage: ({ level, namespace, message }) => {
      if (level !== 'info') notes(level === 'warn' ? 'warning' : 'error', message, { client: namespace });
    },
  });
}

const PATIENCE_MS_MAX = 60_000;
