import { trace, type Tracer } from '@opentelemetry/api';
import { OTLPTraceExporter } from '@opentelemetry/exporter-trace-otlp-http';
import { resourceFromAttributes } from '@opentelemetry/resources';
import {
  BatchSpanProcessor,
  NodeTracerProvider,
  ParentBasedSampler,
  TraceIdRatioBasedSampler,
  type ReadableSpan,
  type SpanExporter,
} from '@opentelemetry/sdk-trace-node';
import { ATTR_SERVICE_NAME, ATTR_SERVICE_VERSION } from '@opentelemetry/semantic-conventions';

export interface TracingOptions {
  readonly service: string;
  readonly version: string;
  /** Base address of an OTLP collector over HTTP, such as `http://collector:4318`. */
  readonly otlpUrl: string;
  /** Share of traces that are kept; who begins a trace decides for all that follows. */
  readonly sampledShare: number;
  /** Told once of an export that failed, and again after one that did not. */
  readonly onExportFailed?: (error: Error | undefined) => void;
}

export interface Tracing {
  readonly tracer: Tracer;
  /** Sends what is left and lets go; what cannot be sent in time is lost. Never rejects. */
  close(): Promise<void>;
}

const SPANS_WAITING_MAX = 8_192;
const EXPORT_MS_MAX = 5_000;
const PATH = '/v1/traces';
/** `ExportResultCode.SUCCESS` of `@opentelemetry/core`, which is not ours to depend on. */
const EXPORTED = 0;

/** Starts to send spans to a collector. Once a process: the context that follows a batch is the process's own. */
export function startTracing(options: TracingOptions): Tracing {
  const { service, version, otlpUrl, sampledShare } = options;
  const url = otlpUrl.endsWith(PATH) ? otlpUrl : `${otlpUrl}${PATH}`;
  const exporter = tellingOfFailure(
    new OTLPTraceExporter({ url, timeoutMillis: EXPORT_MS_MAX }),
    options.onExportFailed ?? (() => undefined),
  );
  const limits = { maxQueueSize: SPANS_WAITING_MAX, exportTimeoutMillis: EXPORT_MS_MAX };
  const provider = new NodeTracerProvider({
    resource: resourceFromAttributes({
      [ATTR_SERVICE_NAME]: `stemma-${service}`,
      [ATTR_SERVICE_VERSION]: version,
    }),
    sampler: new ParentBasedSampler({ root: new TraceIdRatioBasedSampler(sampledShare) }),
    spanProcessors: [new BatchSpanProcessor(exporter, limits)],
  });
  provider.register();
  return {
    tracer: trace.getTracer('stemma', version),
    close: () => provider.shutdown().catch(() => undefined),
  };
}

function tellingOfFailure(
  exporter: SpanExporter,
  onFailed: (error: Error | undefined) => void,
): SpanExporter {
  let isFailing = false;
  return {
    export(spans: ReadableSpan[], done) {
      exporter.export(spans, (result) => {
        const failed = Number(result.code) !== EXPORTED;
        if (failed && !isFailing) onFailed(result.error);
        isFailing = failed;
        done(result);
      });
    },
    shutdown: () => exporter.shutdown(),
    forceFlush: async () => exporter.forceFlush?.(),
  };
}
