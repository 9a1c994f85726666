import { CompressionTypes, type Message, Partitioners, type Producer, type RecordMetadata } from 'kafkajs';
import assert from 'node:assert/strict';
import type { KafkaClient } from './client';

export const COMPRESSION = { gzip: CompressionTypes.GZIP, none: CompressionTypes.None };

/** kafkajs allows any number of requests in flight by default, and acknowledges none in order then. */
export const PRODUCER = {
  idempotent: true,
  maxInFlightRequests: 1,
  allowAutoTopicCreation: false,
  createPartitioner: Partitioners.DefaultPartitioner,
};

/** A connected producer, and how many sends it has in hand. */
class Connection {
  #inHand = 0;
  #retired = false;

  constructor(
    private readonly client: KafkaClient,
    private readonly producer: Producer,
  ) {}

  async use<T>(work: (producer: Producer) => Promise<T>): Promise<T> {
    this.#inHand += 1;
    try {
      return await work(this.producer);
    } finally {
      this.#inHand -= 1;
      await this.#disconnectIfIdle();
    }
  }

  async retire(): Promise<void> {
    this.#retired = true;
    await this.#disconnectIfIdle();
  }

  async #disconnectIfIdle(): Promise<void> {
    if (this.#retired && this.#inHand === 0) await this.client.release(this.producer);
  }
}

/**
 * Sends batches so that a retry is written once. Three rules keep what kafkajs 2.2.4 has acknowledged from being lost, each
 * seen on a real cluster:
 *
 * - A send goes to one partition. One over partitions of several brokers, of which one dies, is taken for sent where the
 *   partition moves to a broker that has answered already (cf. tulios/kafkajs#1303).
 * - A partition has one send at a time (`SendQueue`). After a lost answer the numbers of a batch are given to the next one,
 *   which the broker then drops as a repeat, and acknowledges; `maxInFlightRequests: 1` does not prevent that.
 * - After a send that failed for good there may be such a number, so the producer is not used again: another one gets another
 *   identity, under which nothing is a repeat.
 */
export class IdempotentProducer {
  #current: Promise<Connection> | null = null;

  constructor(
    private readonly newClient: () => KafkaClient,
    private readonly compression: CompressionTypes,
  ) {}

  /** Resolves with the position of the first message, when all in-sync replicas have the batch. All are for one partition. */
  async send(topic: string, messages: Message[]): Promise<number> {
    const current = (this.#current ??= this.#connect());
    try {
      const connection = await current;
      return await connection.use(async (producer) =>
        basePosition(await producer.send({ topic, acks: -1, compression: this.compression, messages })),
      );
    } catch (error) {
      await this.#retire(current);
      throw error;
    }
  }

  async close(): Promise<void> {
    if (this.#current !== null) await this.#retire(this.#current);
  }

  async #connect(): Promise<Connection> {
    const client = this.newClient();
    const producer = client.kafka.producer(PRODUCER);
    try {
      await producer.connect();
      return new Connection(client, producer);
    } catch (error) {
      await client.release(producer);
      throw error;
    }
  }

  async #retire(connection: Promise<Connection>): Promise<void> {
    if (this.#current === connection) this.#current = null;
    await (await connection.catch(() => null))?.retire();
  }
}

/** Where the one batch of a send to one partition begins. */
export function basePosition(answer: readonly RecordMetadata[]): number {
  const base = Number(answer[0]?.baseOffset);
  assert(
    answer.length === 1 && base >= 0,
    `one answer with a position expected, found ${JSON.stringify(answer)}`,
  );
  return base;
}
