import type { Producer, Transaction } from 'kafkajs';
import type { Bounds, PartitionWriter, Position } from '../event-log';
import { EventLogError, LogUnavailableError } from '../event-log-error';
import type { KafkaClient } from './client';
import { basePosition, COMPRESSION, PRODUCER } from './idempotent-producer';
import { inOurWords, isBeingEnded, patiently } from './kafka-failure';
import type { KafkaSettings } from './kafka-options';
import { recordBytes, refuseTooLarge, toMessage, type Unplaced } from './kafka-record';

/** A transaction that follows another at once is put off by the coordinator for some milliseconds. */
const RETRY = { initialRetryTime: 20 };
/** How often to look for the mark at the end of a transaction. */
const MARK_MS = 5;

interface Place {
  readonly topic: string;
  readonly partition: number;
}

export interface WriterParts {
  readonly newClient: () => KafkaClient;
  readonly settings: KafkaSettings;
  readonly bounds: (topic: string, partition: number) => Promise<Bounds>;
  readonly onClosed: () => void;
}

/**
 * The only writer of a partition: a transactional producer, whose name is the partition's. Kafka gives each that opens under
 * that name a higher epoch, ends what the one before had begun, and refuses what it still sends. One append is one transaction.
 */
export class KafkaWriter implements PartitionWriter {
  /** Appends go one after another: a second send would be given numbers of the first (see `IdempotentProducer`). */
  #tail: Promise<unknown> = Promise.resolve();
  #waitingBytes = 0;
  #end: { readonly reason: unknown } | null = null;

  private constructor(
    private readonly place: Place,
    private readonly client: KafkaClient,
    private readonly producer: Producer,
    private readonly parts: WriterParts,
  ) {}

  static async open(topic: string, partition: number, parts: WriterParts): Promise<KafkaWriter> {
    const client = parts.newClient();
    const producer = client.kafka.producer({
      ...PRODUCER,
      retry: RETRY,
      transactionalId: `stemma.${topic}.${partition}`,
      transactionTimeout: parts.settings.transactionTimeoutMs,
    });
    try {
      await patiently(
        `the writer of ${topic}/${partition} could not be opened`,
        parts.settings.patienceMs,
        async () => {
          await producer.connect();
          // The first one asks for the epoch, which shuts out the writer before; nothing else has been sent for it.
          await (await producer.transaction()).abort();
        },
      );
      return new KafkaWriter({ topic, partition }, client, producer, parts);
    } catch (error) {
      await client.release(producer);
      throw error;
    }
  }

  async append(records: readonly Unplaced[]): Promise<Position[]> {
    if (this.#end !== null) throw this.#end.reason;
    const { recordBytesMax, queueBytesMax } = this.parts.settings;
    refuseTooLarge(records, recordBytesMax);
    if (records.length === 0) return [];
    const bytes = records.reduce((sum, record) => sum + recordBytes(record), 0);
    if (this.#waitingBytes + bytes > queueBytesMax)
      throw new EventLogError(
        'too-large',
        `a writer has at most ${queueBytesMax} bytes in hand, these have ${bytes}`,
      );
    this.#waitingBytes += bytes;
    const append = this.#tail.then(() => this.#append(records)).finally(() => (this.#waitingBytes -= bytes));
    this.#tail = append.catch(() => undefined);
    return append;
  }

  async close(): Promise<void> {
    const { topic, partition } = this.place;
    this.#end ??= { reason: new EventLogError('closed', `this writer of ${topic}/${partition} is closed`) };
    await this.#tail;
    await this.client.release(this.producer);
    this.parts.onClosed();
  }

  /**
   * Where anything fails the writer is done. What became of the transaction is unknown; to ask, it would have to open anew, and
   * so shut out whoever has the partition by then.
   */
  async #append(records: readonly Unplaced[]): Promise<Position[]> {
    const { topic, partition } = this.place;
    if (this.#end !== null && !isClosed(this.#end.reason)) throw this.#end.reason;
    let transaction: Transaction | undefined;
    try {
      transaction = await this.producer.transaction();
      const positions = await this.#send(transaction, records);
      await this.#commit(transaction);
      await this.#isVisible(positions.at(-1)?.position ?? 0);
      return positions;
    } catch (error) {
      const reason = inOurWords(error, `${topic}/${partition} could not be written`);
      this.#end = { reason };
      // Readers wait at a transaction that is open, until the coordinator gives it up.
      void transaction?.abort().catch(() => undefined);
      throw reason;
    }
  }

  async #send(transaction: Transaction, records: readonly Unplaced[]): Promise<Position[]> {
    const { topic, partition } = this.place;
    const { batchBytesMax, compression } = this.parts.settings;
    const positions: Position[] = [];
    for (const batch of batchesOf(records, batchBytesMax)) {
      const messages = batch.map((record) => toMessage(record, partition));
      const sent = await transaction.send({
        topic,
        acks: -1,
        compression: COMPRESSION[compression],
        messages,
      });
      const base = basePosition(sent);
      positions.push(...batch.map((_, i) => ({ partition, position: base + i })));
    }
    return positions;
  }

  async #commit(transaction: Transaction): Promise<void> {
    try {
      await transaction.commit();
    } catch (error) {
      if (!isBeingEnded(error)) throw error;
      const { topic, partition } = this.place;
      throw new EventLogError('fenced', `another writer of ${topic}/${partition} is being opened`, {
        cause: error,
      });
    }
  }

  /** The end of a transaction is acknowledged before its mark is in the partition, where readers wait for it. */
  async #isVisible(position: number): Promise<void> {
    const { topic, partition } = this.place;
    const { patienceMs } = this.parts.settings;
    for (
      const end = performance.now() + patienceMs;
      ;
      await new Promise((resolve) => setTimeout(resolve, MARK_MS))
    ) {
      const { high } = await this.parts.bounds(topic, partition);
      if (high > position) return;
      if (performance.now() > end)
        throw new LogUnavailableError(
          `position ${position} of ${topic}/${partition} is not visible after ${patienceMs} ms`,
        );
    }
  }
}

const isClosed = (reason: unknown): boolean => reason instanceof EventLogError && reason.fault === 'closed';

/** Runs of records that are one batch each. */
function* batchesOf(records: readonly Unplaced[], bytesMax: number): Generator<Unplaced[]> {
  let batch: Unplaced[] = [];
  let bytes = 0;
  for (const record of records) {
    const size = recordBytes(record);
    if (batch.length > 0 && bytes + size > bytesMax) {
      yield batch;
      batch = [];
      bytes = 0;
    }
    batch.push(record);
    bytes += size;
  }
  if (batch.length > 0) yield batch;
}
