import { KafkaLog, type EventLog } from '@stemma/events';
import type { CommonSettings } from './common-settings';
import type { Notes } from './notes';
import type { Values } from './settings';

/** The log of a service: the brokers of its settings, which see it as `stemma-<service>`. */
export function openKafkaLog(
  { brokers, tls, sasl }: Values<CommonSettings>,
  service: string,
  notes: Notes,
): Promise<EventLog> {
  notes('info', 'connecting', { brokers: brokers.join(',') });
  return KafkaLog.open({
    brokers,
    clientId: `stemma-${service}`,
    ...(tls === 'on' ? { ssl: true } : {}),
    ...(sasl === null ? {} : { sasl }),
  });
}
