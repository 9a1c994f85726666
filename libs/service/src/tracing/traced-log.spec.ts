import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { SpanKind, SpanStatusCode, trace } from '@opentelemetry/api';
import {
  InMemorySpanExporter,
  NodeTracerProvider,
  SimpleSpanProcessor,
  type ReadableSpan,
} from '@opentelemetry/sdk-trace-node';
import {
  CHANGED,
  EmbeddedLog,
  PUBLISHED,
  SKETCHED,
  topicSpecs,
  type Batch,
  type EventLog,
  type LogRecord,
  type NewRecord,
} from '@stemma/events';
import { keepingHeaders } from './header-keeping-log.testing';
import type { TracedReads } from '../service-definition';
import { TracedLog } from './traced-log';

const exporter = new InMemorySpanExporter();
new NodeTracerProvider({ spanProcessors: [new SimpleSpanProcessor(exporter)] }).register();

let folder: string;
let inner: EventLog;

beforeEach(async () => {
  exporter.reset();
  folder = await mkdtemp(join(tmpdir(), 'stemma-'));
  inner = keepingHeaders(await EmbeddedLog.open(folder));
  await inner.ensureTopics(topicSpecs());
});
afterEach(async () => {
  await inner.close();
  await rm(folder, { recursive: true });
});

const traced = (reads: TracedReads = 'all'): TracedLog =>
  new TracedLog(inner, trace.getTracer('test'), reads);

/** Handles `topic` from the beginning until as many records have come, then stops. */
async function handle(
  log: EventLog,
  topic: string,
  records: number,
  work: (batch: Batch) => Promise<void> = async () => undefined,
): Promise<LogRecord[]> {
  const seen: LogRecord[] = [];
  let finish = (): void => undefined;
  const finished = new Promise<void>((resolve) => (finish = resolve));
  const subscription = await log.consume({
    group: `of-${topic}`,
    topics: [topic],
    recordsMax: 16,
    bytesMax: 1 << 20,
    start: async () => 0,
    handle: async (batch) => {
      await work(batch);
      seen.push(...batch.records);
      if (seen.length >= records) setImmediate(finish);
    },
  });
  await Promise.race([finished, subscription.done]);
  await subscription.stop();
  return seen;
}

const spansNamed = (name: string): ReadableSpan[] =>
  exporter.getFinishedSpans().filter((span) => span.name === name);
const ofModel = (name: string, model: string): ReadableSpan => {
  const found = spansNamed(name).filter(({ attributes }) => attributes['stemma.model'] === model);
  expect(found).toHaveLength(1);
  return found[0]!;
};
const published = (repo: string): NewRecord => ({ key: repo, value: '{}' });
const sketched = (repo: string): NewRecord => ({ key: `0123abcd/${repo}`, value: '{}' });
const changed = (repo: string, cause: string): NewRecord => ({
  key: repo,
  value: JSON.stringify({ data: { cause: `${cause}@0123#sketched` } }),
});

it('gives every model one trace from its publication to the change, whoever is in its batches', async () => {
  const log = traced();
  await log.append(PUBLISHED, [published('a/one'), published('a/two')]);
  await handle(log, PUBLISHED, 2, async () => {
    await log.append(SKETCHED, [sketched('a/two'), sketched('a/one')]);
  });
  await handle(log, SKETCHED, 2, async ({ partition }) => {
    const writer = await log.openWriter(CHANGED, partition);
    await writer.append([changed('a/one', 'a/one'), changed('b/old', 'a/two')]);
  });
  const path = (model: string, last: string): ReadableSpan[] => [
    ofModel(`publish ${PUBLISHED}`, model),
    ofModel(`process ${PUBLISHED}`, model),
    ofModel(`publish ${SKETCHED}`, model),
    ofModel(`process ${SKETCHED}`, model),
    ofModel(`publish ${CHANGED}`, last),
  ];
  for (const spans of [path('a/one', 'a/one'), path('a/two', 'b/old')]) {
    expect(spans[0]!.parentSpanContext).toBeUndefined();
    for (const [i, span] of spans.slice(1).entries())
      expect(span.parentSpanContext).toMatchObject({
        spanId: spans[i]!.spanContext().spanId,
        traceId: spans[0]!.spanContext().traceId,
      });
  }
  const [one, two] = ['a/one', 'a/two'].map((model) => ofModel(`publish ${PUBLISHED}`, model).spanContext());
  expect(one!.traceId).not.toBe(two!.traceId);
  const [batch] = spansNamed(`process batch of ${SKETCHED}`);
  expect(batch!.kind).toBe(SpanKind.CONSUMER);
  expect(batch!.links.map(({ context }) => context.traceId).sort()).toEqual(
    [one!.traceId, two!.traceId].sort(),
  );
});

it('puts a traceparent of the W3C form beside the record and leaves its own headers and text alone', async () => {
  await traced().append(PUBLISHED, [{ ...published('a/one'), headers: { other: 'kept' } }]);
  const [record] = await handle(inner, PUBLISHED, 1);
  const { traceId, spanId } = ofModel(`publish ${PUBLISHED}`, 'a/one').spanContext();
  expect(record).toMatchObject({ key: 'a/one', value: '{}' });
  expect(record!.headers).toEqual({ other: 'kept', traceparent: `00-${traceId}-${spanId}-01` });
});

it('begins a trace anew where a record brings none that can be read', async () => {
  await inner.append(PUBLISHED, [
    published('a/bare'),
    { ...published('a/odd'), headers: { traceparent: '00-zz-\u0000-01' } },
  ]);
  await handle(traced(), PUBLISHED, 2);
  for (const model of ['a/bare', 'a/odd'])
    expect(ofModel(`process ${PUBLISHED}`, model).parentSpanContext).toBeUndefined();
});

it('says of a batch that failed why, and passes the failure on', async () => {
  const log = traced();
  await log.append(PUBLISHED, [published('a/one')]);
  const work = () => Promise.reject(new Error('broken'));
  await expect(handle(log, PUBLISHED, 1, work)).rejects.toThrow('broken');
  const span = ofModel(`process ${PUBLISHED}`, 'a/one');
  expect(span.status).toEqual({ code: SpanStatusCode.ERROR, message: 'broken' });
  expect(spansNamed(`process batch of ${PUBLISHED}`)[0]!.events[0]!.name).toBe('exception');
});

it('leaves out what was there before a reader that starts from nothing, where it is asked to', async () => {
  await inner.append(PUBLISHED, [published('a/old')]);
  const log = traced('new');
  let appended = false;
  await handle(log, PUBLISHED, 2, async () => {
    if (!appended) await inner.append(PUBLISHED, [published('a/new')]);
    appended = true;
  });
  expect(spansNamed(`process ${PUBLISHED}`).map(({ attributes }) => attributes['stemma.model'])).toEqual([
    'a/new',
  ]);
  exporter.reset();
  await handle(traced('none'), PUBLISHED, 2);
  expect(exporter.getFinishedSpans()).toEqual([]);
});
