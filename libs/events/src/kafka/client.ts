import { connect, isIP, type Socket } from 'node:net';
import { connect as tlsConnect } from 'node:tls';
import {
  type ISocketFactoryArgs,
  Kafka,
  type KafkaConfig,
  KafkaJSNonRetriableError,
  type LogEntry,
  logLevel,
} from 'kafkajs';
import type { KafkaLogOptions, KafkaSettings } from './kafka-options';
import { patchKafkajs } from './kafkajs-patches';

const RETRY_MS = 100;
const RETRY_MS_MAX = 1_000;
const CONNECT_MS_MAX = 3_000;
const KEEP_ALIVE_MS = 60_000;
const DISCONNECT_MS_MAX = 10_000;
const RELEASED = 'the client has been released';

const LEVELS = { [logLevel.ERROR]: 'error', [logLevel.WARN]: 'warn', [logLevel.INFO]: 'info' } as const;

/** kafkajs waits between tries up to a second, so there are about as many as seconds. */
export function retryOf({ patienceMs }: KafkaSettings) {
  const retries = Math.max(5, Math.ceil(patienceMs / RETRY_MS_MAX));
  return { initialRetryTime: RETRY_MS, maxRetryTime: RETRY_MS_MAX, multiplier: 2, factor: 0.2, retries };
}

/**
 * What a connection to the cluster needs, one for each: those made by one `Kafka` share the groups' positions as they were when
 * one of them looked.
 */
export class KafkaClient {
  readonly kafka: Kafka;
  readonly #sockets = new Set<Socket>();
  #released = false;

  constructor(settings: KafkaSettings) {
    patchKafkajs();
    const { brokers, clientId, ssl, sasl, onClientMessage } = settings;
    const config: KafkaConfig = {
      brokers: [...brokers],
      clientId,
      connectionTimeout: CONNECT_MS_MAX,
      socketFactory: (to) => this.#connect(to),
      retry: retryOf(settings),
      // By itself it prints a line for every answer that it then retries.
      logLevel: onClientMessage === undefined ? logLevel.NOTHING : logLevel.INFO,
      logCreator: () => (entry) => tell(entry, onClientMessage),
    };
    this.kafka = new Kafka({
      ...config,
      ...(ssl !== undefined && { ssl }),
      ...(sasl !== undefined && { sasl }),
    });
  }

  /**
   * Disconnects what was made with it, in bounded time and for good: kafkajs leaves open what it was connecting to meanwhile,
   * and then the process does not end.
   */
  async release(made: { disconnect(): Promise<void> }): Promise<void> {
    let timer: NodeJS.Timeout | undefined;
    const late = new Promise<void>((resolve) => (timer = setTimeout(resolve, DISCONNECT_MS_MAX)));
    await Promise.race([made.disconnect().catch(() => undefined), late]);
    clearTimeout(timer);
    this.#released = true;
    // With an error: of an end without one it takes no notice, and goes on looking after requests that nobody makes.
    for (const socket of this.#sockets) socket.destroy(new Error(RELEASED));
  }

  #connect({ host, port, ssl, onConnect }: ISocketFactoryArgs): Socket {
    if (this.#released) throw new KafkaJSNonRetriableError(RELEASED);
    const servername = isIP(host) === 0 ? { servername: host } : {};
    const secure = { host, port, ...servername, ...ssl };
    const socket = (ssl as unknown) ? tlsConnect(secure, onConnect) : connect({ host, port }, onConnect);
    this.#sockets.add(socket);
    socket.on('error', () => undefined).once('close', () => this.#sockets.delete(socket));
    // While a broker is away kafkajs puts as many listeners on a socket as there is work that waits for it, which Node warns of.
    return socket.setMaxListeners(Infinity).setKeepAlive(true, KEEP_ALIVE_MS);
  }
}

function tell(
  { level, namespace, log }: LogEntry,
  onClientMessage: KafkaLogOptions['onClientMessage'],
): void {
  const name = level === logLevel.NOTHING || level === logLevel.DEBUG ? undefined : LEVELS[level];
  if (name !== undefined) onClientMessage?.({ level: name, namespace, message: log.message });
}
