import { EventLogError, type EventLogFault, LogUnavailableError } from '../event-log-error';

interface ClientError {
  readonly name: string;
  readonly message: string;
  /** Kafka's name of what a broker answered. */
  readonly type?: string;
  readonly code?: number | string;
  readonly retriable?: boolean;
  readonly cause?: unknown;
  /** Of an error about several topics or partitions. */
  readonly errors?: readonly unknown[];
}

/** Kafka's number of PRODUCER_FENCED, which kafkajs does not know by name. */
const PRODUCER_FENCED_CODE = 90;

const FAULTS: Readonly<Record<string, EventLogFault>> = {
  INVALID_PRODUCER_EPOCH: 'fenced',
  // Somebody has ended our transaction: the next writer, or the coordinator, which takes us for gone.
  INVALID_TXN_STATE: 'fenced',
  INVALID_PRODUCER_ID_MAPPING: 'fenced',
  UNKNOWN_TOPIC_OR_PARTITION: 'unknown-topic',
  MESSAGE_TOO_LARGE: 'too-large',
  RECORD_LIST_TOO_LARGE: 'too-large',
};

const LOST_MEMBERSHIP = new Set([
  'REBALANCE_IN_PROGRESS',
  'ILLEGAL_GENERATION',
  'UNKNOWN_MEMBER_ID',
  'NOT_COORDINATOR_FOR_GROUP',
]);

/** What the client takes for final, and is not. */
const PASSING = new Set(['KafkaJSGroupCoordinatorNotFound', 'KafkaJSTimeout', 'KafkaJSLockTimeout']);

const BACKOFF_MS = 100;
const BACKOFF_MS_MAX = 1_000;

/** An error of kafkajs and what caused it, outermost first. */
function* chainOf(error: unknown): Generator<ClientError> {
  for (let at = error; at instanceof Error; at = at.cause) {
    const found: ClientError = at;
    yield found;
    for (const one of found.errors ?? []) yield* chainOf(one);
  }
}

/** The group goes on without us: the partitions are, or will soon be, somebody else's. */
export function isLostMembership(error: unknown): boolean {
  return [...chainOf(error)].some(({ type }) => type !== undefined && LOST_MEMBERSHIP.has(type));
}

/**
 * How a coordinator refuses the end of a transaction while it lets the next writer in: as being at it already or, where it
 * falls over that itself, as an unexpected error (an IllegalStateException in the log of Kafka 4.3.1).
 */
export function isBeingEnded(error: unknown): boolean {
  return [...chainOf(error)].some(({ type }) => type === 'CONCURRENT_TRANSACTIONS' || type === 'UNKNOWN');
}

/** What kafkajs threw, in the words of the contract; anything else as it is. */
export function inOurWords(error: unknown, what: string): unknown {
  if (error instanceof EventLogError || error instanceof LogUnavailableError) return error;
  const chain = [...chainOf(error)];
  if (!chain.some(({ name }) => name.startsWith('KafkaJS'))) return error;
  const message = `${what}: ${chain.at(-1)?.message ?? String(error)}`;
  for (const { type, code } of chain) {
    const fault = code === PRODUCER_FENCED_CODE ? 'fenced' : FAULTS[type ?? ''];
    if (fault !== undefined) return new EventLogError(fault, message, { cause: error });
  }
  return isNotNow(chain) ? new LogUnavailableError(message, { cause: error }) : error;
}

/** The innermost error says so: those around it are marked final once its retries are used up. */
function isNotNow(chain: readonly ClientError[]): boolean {
  const innermost = chain.at(-1);
  if (innermost === undefined || innermost.retriable === true || PASSING.has(innermost.name)) return true;
  const gaveUp = chain.some(({ name }) => name === 'KafkaJSNumberOfRetriesExceeded');
  return gaveUp || (innermost.type === undefined && innermost.retriable !== false);
}

/** There is no such topic, or the broker that was asked has not heard of it yet. */
export function isUnknownTopic(error: unknown): boolean {
  return error instanceof EventLogError && error.fault === 'unknown-topic';
}

/**
 * Tries again what a broker, or the way to it, does not do for now. kafkajs does so by itself for some calls and not for
 * others. `work` is about topics that are there: for a moment a broker may not have heard of a new one, or of anything where it
 * has just started.
 */
export async function patiently<T>(
  what: string,
  patienceMs: number,
  work: () => Promise<T>,
  isFinal: (error: unknown) => boolean = () => false,
): Promise<T> {
  const end = performance.now() + patienceMs;
  for (let waitMs = BACKOFF_MS; ; waitMs = Math.min(2 * waitMs, BACKOFF_MS_MAX)) {
    try {
      return await work();
    } catch (error) {
      const reason = inOurWords(error, what);
      const passes = !isFinal(error) && (reason instanceof LogUnavailableError || isUnknownTopic(reason));
      if (!passes || performance.now() + waitMs > end) throw reason;
      await new Promise((resolve) => setTimeout(resolve, waitMs));
    }
  }
}
