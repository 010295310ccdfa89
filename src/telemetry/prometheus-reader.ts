import { PrometheusSerializer } from '@opentelemetry/exporter-prometheus';
import { AggregationTemporality, type MetricData, MetricReader } from '@opentelemetry/sdk-metrics';

/** Prometheus spells out its base units, and has none for what is counted. */
const prometheusUnits: Readonly<Record<string, string>> = { s: 'seconds', By: 'bytes' };

/**
 * Collects metrics on request and writes them as Prometheus' text format. The server's own port serves them, so the exporter's
 * HTTP server is left out and only its serializer is used.
 */
export class PrometheusReader extends MetricReader {
  // Neither the resource nor the instrumentation scope becomes labels: both are the same for every series of this server.
  readonly #serializer = new PrometheusSerializer(undefined, false, undefined, true, true);

  /** @param maxSeries - most series of one metric that one collection may add. What is past it counts as one series. */
  constructor(maxSeries: number) {
    super({
      aggregationTemporalitySelector: () => AggregationTemporality.CUMULATIVE,
      cardinalitySelector: () => maxSeries,
    });
  }

  /** @throws AggregateError when a metric could not be read; Error after the shutdown. */
  async render(): Promise<string> {
    const { resourceMetrics, errors } = await this.collect();
    if (errors.length > 0) {
      throw new AggregateError(errors, 'Some metrics could not be read.');
    }
    const scopeMetrics = resourceMetrics.scopeMetrics.map(({ scope, metrics }) => ({
      scope,
      metrics: metrics.map(withPrometheusUnit),
    }));
    return this.#serializer.serialize({ resource: resourceMetrics.resource, scopeMetrics });
  }

  protected override async onForceFlush(): Promise<void> {}

  protected override async onShutdown(): Promise<void> {}
}

/**
 * Puts the unit at the end of the name, as OpenTelemetry's "Prometheus and OpenMetrics Compatibility" asks and the collector and
 * Prometheus' own OTLP receiver do. The serializer does not.
 */
function withPrometheusUnit(metric: MetricData): MetricData {
  const { descriptor } = metric;
  const unit = prometheusUnits[descriptor.unit];
  const name = unit === undefined ? descriptor.name : `${descriptor.name}.${unit}`;
  return { ...metric, descriptor: { ...descriptor, name, unit: unit ?? '' } };
}
