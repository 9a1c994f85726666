import { connect, isIP } from 'node:net';
import { connect as tlsConnect } from 'node:tls';
import { type ISocketFactory, Kafka, logLevel, type KafkaConfig, type LogEntry } from 'kafkajs';
import type { KafkaLogOptions, KafkaSettings } from './kafka-options';
import { patchKafkajs } from './kafkajs-patches';

const RETRY_MS = 100;
const RETRY_MS_MAX = 1_000;
const CONNECT_MS_MAX = 3_000;
const KEEP_ALIVE_MS = 60_000;

const LEVELS = { [logLevel.ERROR]: 'error', [logLevel.WARN]: 'warn', [logLevel.INFO]: 'info' } as const;

/** kafkajs waits between tries up to a second, so there are about as many as seconds. */
export function retryOf({ patienceMs }: KafkaSettings) {
  const retries = Math.max(5, Math.ceil(patienceMs / RETRY_MS_MAX));
  return { initialRetryTime: RETRY_MS, maxRetryTime: RETRY_MS_MAX, multiplier: 2, factor: 0.2, retries };
}

/**
 * A client of its own for everything that has one: clients made by one `Kafka` share the groups' positions as they were when one
 * of them looked.
 */
export function newClient(settings: KafkaSettings): Kafka {
  patchKafkajs();
  const { brokers, clientId, ssl, sasl, onClientMessage } = settings;
  const config: KafkaConfig = {
    brokers: [...brokers],
    clientId,
    connectionTimeout: CONNECT_MS_MAX,
    socketFactory,
    retry: retryOf(settings),
    // By itself it prints a line for every answer that it then retries.
    logLevel: onClientMessage === undefined ? logLevel.NOTHING : logLevel.INFO,
    logCreator: () => (entry) => tell(entry, onClientMessage),
  };
  return new Kafka({ ...config, ...(ssl !== undefined && { ssl }), ...(sasl !== undefined && { sasl }) });
}

/**
 * As the client's own, but for the listeners: while a broker is away it puts as many on a socket as there is work that waits for
 * it, and Node prints a warning about that.
 */
const socketFactory: ISocketFactory = ({ host, port, ssl, onConnect }) => {
  const servername = isIP(host) === 0 ? { servername: host } : {};
  const secure = { host, port, ...servername, ...ssl };
  const socket = (ssl as unknown) ? tlsConnect(secure, onConnect) : connect({ host, port }, onConnect);
  return socket.setMaxListeners(Infinity).setKeepAlive(true, KEEP_ALIVE_MS);
};

function tell(
  { level, namespace, log }: LogEntry,
  onClientMessage: KafkaLogOptions['onClientMessage'],
): void {
  const name = level === logLevel.NOTHING || level === logLevel.DEBUG ? undefined : LEVELS[level];
  if (name !== undefined) onClientMessage?.({ level: name, namespace, message: log.message });
}
