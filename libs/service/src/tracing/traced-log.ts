import {
  context,
  createContextKey,
  propagation,
  ROOT_CONTEXT,
  SpanKind,
  SpanStatusCode,
  trace,
  type Attributes,
  type Context,
  type Link,
  type Span,
  type Tracer,
} from '@opentelemetry/api';
import {
  CHANGED,
  type Batch,
  type Consumer,
  type EventLog,
  type HandleContext,
  type LogRecord,
  type NewRecord,
  type PartitionWriter,
  type Position,
  type Subscription,
} from '@stemma/events';
import { DelegatingLog } from '../delegating-log';
import type { TracedReads } from '../service-definition';

/** Spans of the records in hand by repository, so that what is appended meanwhile goes on with its own model's trace. */
type InHand = ReadonlyMap<string, Context>;

const IN_HAND = createContextKey('stemma: records in hand');
const LINKS_MAX = 128;

/**
 * An `EventLog` that carries traces across topics: every record appended is a span whose W3C `traceparent` goes into the
 * record's headers, every record handled a span that follows from it. One trace is one revision of a model on its way
 * through the services, which know nothing of it.
 */
export class TracedLog extends DelegatingLog {
  readonly #tracer: Tracer;
  readonly #reads: TracedReads;

  constructor(log: EventLog, tracer: Tracer, reads: TracedReads) {
    super(log);
    this.#tracer = tracer;
    this.#reads = reads;
  }

  override append(topic: string, records: readonly NewRecord[]): Promise<Position[]> {
    return this.#published(topic, records, (traced) => this.log.append(topic, traced));
  }

  override async openWriter(topic: string, partition: number): Promise<PartitionWriter> {
    const writer = await this.log.openWriter(topic, partition);
    return {
      append: (records) => this.#published(topic, records, (traced) => writer.append(traced)),
      close: () => writer.close(),
    };
  }

  override async consume(consumer: Consumer): Promise<Subscription> {
    if (this.#reads === 'none') return this.log.consume(consumer);
    const firsts = new Map<string, number>();
    return this.log.consume({
      group: consumer.group,
      topics: consumer.topics,
      recordsMax: consumer.recordsMax,
      bytesMax: consumer.bytesMax,
      start: async (topic, partition) => {
        if (this.#reads === 'new')
          firsts.set(`${topic}/${partition}`, (await this.log.bounds(topic, partition)).high);
        return consumer.start(topic, partition);
      },
      handle: (batch, handling) => {
        const first = firsts.get(`${batch.topic}/${batch.partition}`) ?? 0;
        const traced = batch.records.filter(({ position }) => position >= first);
        if (traced.length === 0) return consumer.handle(batch, handling);
        return this.#handled(consumer, batch, traced, handling);
      },
      onAssigned: async (assignments) => consumer.onAssigned?.(assignments),
      onRevoked: async (assignments) => consumer.onRevoked?.(assignments),
    });
  }

  async #published(
    topic: string,
    records: readonly NewRecord[],
    append: (records: readonly NewRecord[]) => Promise<Position[]>,
  ): Promise<Position[]> {
    const inHand = context.active().getValue(IN_HAND) as InHand | undefined;
    const published = records.map((record) => {
      const repo = causeOf(topic, record);
      const parent = inHand?.get(repo) ?? context.active();
      const attributes = { ...attributesOf(topic, 'send'), 'stemma.model': repoOf(record.key) };
      const options = { kind: SpanKind.PRODUCER, attributes };
      const span = this.#tracer.startSpan(`publish ${topic}`, options, parent);
      const headers: Record<string, string> = { ...record.headers };
      propagation.inject(trace.setSpan(parent, span), headers);
      return { span, record: { ...record, headers } };
    });
    const spans = published.map(({ span }) => span);
    return spanned(spans, () => append(published.map(({ record }) => record)));
  }

  async #handled(
    consumer: Consumer,
    batch: Batch,
    records: readonly LogRecord[],
    handling: HandleContext,
  ): Promise<void> {
    const { topic, partition } = batch;
    const attributes = {
      ...attributesOf(topic, 'process'),
      'messaging.destination.partition.id': String(partition),
      'messaging.consumer.group.name': consumer.group,
    };
    const remotes = records.map((record) => propagation.extract(ROOT_CONTEXT, record.headers ?? {}));
    const whole = this.#tracer.startSpan(
      `process batch of ${topic}`,
      {
        kind: SpanKind.CONSUMER,
        attributes: { ...attributes, 'messaging.batch.message_count': batch.records.length },
        links: remotes.flatMap(linkTo).slice(0, LINKS_MAX),
      },
      ROOT_CONTEXT,
    );
    const spans = [whole];
    const inHand = new Map<string, Context>();
    for (const [i, { key, position }] of records.entries()) {
      const repo = repoOf(key);
      const own = { ...attributes, 'messaging.kafka.offset': position, 'stemma.model': repo };
      const links = [{ context: whole.spanContext() }];
      const remote = remotes[i] ?? ROOT_CONTEXT;
      const options = { kind: SpanKind.CONSUMER, attributes: own, links };
      const span = this.#tracer.startSpan(`process ${topic}`, options, remote);
      spans.push(span);
      inHand.set(repo, trace.setSpan(remote, span));
    }
    const during = trace.setSpan(ROOT_CONTEXT, whole).setValue(IN_HAND, inHand);
    await spanned(spans, () => context.with(during, () => consumer.handle(batch, handling)), handling.signal);
  }
}

/** Ends the spans with the work. Work that throws because it was told to stop has not failed. */
async function spanned<T>(spans: readonly Span[], work: () => Promise<T>, stopped?: AbortSignal): Promise<T> {
  try {
    return await work();
  } catch (error) {
    if (stopped?.aborted !== true) {
      const message = error instanceof Error ? error.message : String(error);
      for (const span of spans) span.setStatus({ code: SpanStatusCode.ERROR, message });
      spans[0]?.recordException(error instanceof Error ? error : message);
    }
    throw error;
  } finally {
    for (const span of spans) span.end();
  }
}

const attributesOf = (topic: string, operation: string): Attributes => ({
  'messaging.system': 'kafka',
  'messaging.operation.type': operation,
  'messaging.destination.name': topic,
});

function linkTo(remote: Context): Link[] {
  const found = trace.getSpanContext(remote);
  return found === undefined ? [] : [{ context: found }];
}

/** The repository that a record of any topic is about, by its key: `[group/]org/name[#kind]`. */
const repoOf = (key: string): string =>
  key
    .replace(/#[^#/]*$/, '')
    .split('/')
    .slice(-2)
    .join('/');

/** The repository whose record made this one: a change may be about another model than the one that arrived. */
function causeOf(topic: string, { key, value }: NewRecord): string {
  if (topic !== CHANGED) return repoOf(key);
  const { cause } = (JSON.parse(value) as { data: { cause: string } }).data;
  return cause.split('@', 1)[0] ?? '';
}
