import { MeterProvider } from '@opentelemetry/sdk-metrics';
import { createCallMetrics, createCallMetricViews } from './call-metrics.ts';
import type { EventSink } from './event-sink.ts';
import { ModelLabels } from './model-labels.ts';
import { addProcessMetrics } from './process-metrics.ts';
import { PrometheusReader } from './prometheus-reader.ts';

/** The server's metrics: an {@link EventSink} that can be read. */
export interface Metrics extends EventSink {
  /** The content type of what {@link renderPrometheus} gives. */
  readonly contentType: string;
  /**
   * Every metric in Prometheus' text format.
   *
   * @throws Error when one cannot be read, or after {@link close}.
   */
  renderPrometheus(): Promise<string>;
  /** Ends the sampling of the process. Metrics cannot be read afterwards. */
  close(): Promise<void>;
}

export interface MetricsOptions {
  /** Most models that have labels of their own; the rest counts as `other`. Default: 100. */
  readonly maxModels?: number | undefined;
  /** Most series of one metric that can arise between two readings; the rest counts as one. Default: 2,000. */
  readonly maxSeries?: number | undefined;
}

const defaultMaxModels = 100;
const defaultMaxSeries = 2000;

/**
 * Makes the metrics of one server, named by OpenTelemetry's semantic conventions for generative AI as far as they fit a gateway:
 * towards clients it is a model server (`gen_ai.server.*`), towards providers a client (`gen_ai.client.*`). What they have no
 * name for begins with `signalbox.`. docs/metrics.md lists all of them.
 */
export function createMetrics(options: MetricsOptions = {}): Metrics {
  const maxSeries = options.maxSeries ?? defaultMaxSeries;
  const reader = new PrometheusReader(maxSeries);
  const provider = new MeterProvider({ readers: [reader], views: createCallMetricViews(maxSeries) });
  const meter = provider.getMeter('signalbox');
  const stopProcessMetrics = addProcessMetrics(meter);
  return {
    ...createCallMetrics(meter, new ModelLabels(options.maxModels ?? defaultMaxModels)),
    contentType: 'text/plain; version=0.0.4; charset=utf-8',
    renderPrometheus: () => reader.render(),
    async close() {
      stopProcessMetrics();
      await provider.shutdown();
    },
  };
}
