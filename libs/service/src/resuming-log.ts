import type { Consumer, EventLog, Subscription } from '@stemma/events';
import { DelegatingLog } from './delegating-log';
import { supervise, type KeepTryingOptions } from './keep-trying';

/**
 * A log whose subscriptions outlive what is "not now": they begin again after a back-off, where the consumer's own `start` says.
 * For consumers that keep their position themselves and can serve what they have meanwhile.
 */
export class ResumingLog extends DelegatingLog {
  readonly #options: KeepTryingOptions & { readonly onResumed?: () => void };

  constructor(log: EventLog, options: KeepTryingOptions & { readonly onResumed?: () => void } = {}) {
    super(log);
    this.#options = options;
  }

  override async consume(consumer: Consumer): Promise<Subscription> {
    const stopping = new AbortController();
    // Between two subscriptions nobody else knows.
    const handled = new Map<string, number>();
    const noting: Consumer = {
      ...consumer,
      start: (topic, partition) => consumer.start(topic, partition),
      async handle(batch, context) {
        await consumer.handle(batch, context);
        handled.set(`${batch.topic}/${batch.partition}`, batch.next);
      },
    };
    let begun: Subscription | null = await this.log.consume(noting);
    let current: Subscription | null = begun;
    const start = async (): Promise<Subscription> => {
      if (begun === null) {
        current = null;
        current = await this.log.consume(noting);
        this.#options.onResumed?.();
        return current;
      }
      const first = begun;
      begun = null;
      return first;
    };
    const done = supervise(start, stopping.signal, this.#options);
    return {
      done,
      position: (topic, partition) =>
        current?.position(topic, partition) ?? handled.get(`${topic}/${partition}`) ?? null,
      async stop() {
        stopping.abort();
        await done.catch(() => undefined);
      },
    };
  }
}
