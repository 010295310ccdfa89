import type { Meter } from '@opentelemetry/api';
import { AggregationType, type ViewOptions } from '@opentelemetry/sdk-metrics';
import type { Usage } from '../../gen/signalbox/chat/v1/usage_pb.ts';
import type { ClientProtocol } from '../core/chat-call.ts';
import { createCircuitMetrics } from './circuit-metrics.ts';
import type { EventSink } from './event-sink.ts';
import type { ModelAttributes, ModelLabels } from './model-labels.ts';
import { OutcomeTally } from './outcome-tally.ts';
import { createOverloadMetrics } from './overload-metrics.ts';

const msPerSecond = 1000;
const protocolAttribute = 'signalbox.protocol';

const durationBoundaries = [0.01, 0.02, 0.04, 0.08, 0.16, 0.32, 0.64, 1.28, 2.56, 5.12, 10.24, 20.48, 40.96, 81.92];

/** The buckets that OpenTelemetry's semantic conventions for generative AI ask for. */
const boundaries = {
  'gen_ai.server.request.duration': durationBoundaries,
  'gen_ai.server.time_to_first_token': [
    0.001, 0.005, 0.01, 0.02, 0.04, 0.06, 0.08, 0.1, 0.25, 0.5, 0.75, 1, 2.5, 5, 7.5, 10,
  ],
  'gen_ai.client.operation.duration': durationBoundaries,
  'gen_ai.client.token.usage': [
    1, 4, 16, 64, 256, 1024, 4096, 16384, 65536, 262144, 1048576, 4194304, 16777216, 67108864,
  ],
};

/**
 * Gives the histograms their buckets and their bound.
 *
 * @param maxSeries - of one histogram between two readings. Said here again, since an instrument that has a view does not get the
 * reader's limit.
 */
export function createCallMetricViews(maxSeries: number): ViewOptions[] {
  return Object.entries(boundaries).map(([instrumentName, values]) => ({
    instrumentName,
    aggregation: { type: AggregationType.EXPLICIT_BUCKET_HISTOGRAM, options: { boundaries: values } },
    aggregationCardinalityLimit: maxSeries,
  }));
}

/** Makes the metrics that events feed. */
export function createCallMetrics(meter: Meter, labels: ModelLabels): Required<EventSink> {
  const histograms = createHistograms(meter);
  const tallies = createTallies(meter);
  const inFlight = createInFlight(meter);
  const circuitChanged = createCircuitMetrics(meter);
  const cost = meter.createCounter('signalbox.cost', {
    unit: '{USD}',
    description: 'What answers cost, as far as it is known.',
  });

  const recordUsage = (usage: Usage, { cost: costAttributes, inputTokens, outputTokens }: ModelAttributes): void => {
    if (usage.promptTokens !== undefined) {
      histograms.tokenUsage.record(usage.promptTokens, inputTokens);
    }
    if (usage.completionTokens !== undefined) {
      histograms.tokenUsage.record(usage.completionTokens, outputTokens);
    }
    if (usage.cost !== undefined) cost.add(usage.cost, costAttributes);
  };

  return {
    callStarted({ protocol, stream }) {
      inFlight.calls[protocol] += 1;
      inFlight.streams[protocol] += Number(stream);
    },
    attemptEnded({ provider, model, errorReason, durationMs }) {
      tallies.attempts.increment(provider, errorReason);
      const { client } = labels.resolve(provider, model, errorReason === undefined);
      histograms.attemptDuration.record(durationMs / msPerSecond, client.of(errorReason));
    },
    callEnded(call) {
      const { protocol, stream, errorReason, timeToFirstTokenMs, usage } = call;
      inFlight.calls[protocol] -= 1;
      inFlight.streams[protocol] -= Number(stream);
      tallies.calls.increment(protocol, errorReason);
      const attributes = labels.resolve(call.provider, call.servedModel, errorReason === undefined);
      histograms.callDuration.record(call.durationMs / msPerSecond, attributes.server.of(errorReason));
      // An answer that is not streamed comes whole: its first token would tell its duration once more.
      if (stream && errorReason === undefined && timeToFirstTokenMs !== undefined) {
        histograms.timeToFirstToken.record(timeToFirstTokenMs / msPerSecond, attributes.server.of(undefined));
      }
      if (usage !== undefined) {
        recordUsage(usage, attributes);
      }
    },
    requestRejected({ protocol, errorReason }) {
      tallies.rejected.increment(protocol, errorReason);
    },
    circuitChanged,
    ...createOverloadMetrics(meter),
  };
}

function createHistograms(meter: Meter) {
  const create = (name: keyof typeof boundaries, unit: string, description: string) =>
    meter.createHistogram(name, { unit, description });
  return {
    callDuration: create(
      'gen_ai.server.request.duration',
      's',
      'Time from the arrival of a call to the end of its answer.',
    ),
    timeToFirstToken: create(
      'gen_ai.server.time_to_first_token',
      's',
      'Time from the arrival of a call to the first token of its answer, of streamed answers that came to their end.',
    ),
    attemptDuration: create(
      'gen_ai.client.operation.duration',
      's',
      'Time from the start of an attempt at a provider to its end.',
    ),
    tokenUsage: create('gen_ai.client.token.usage', '{token}', 'Tokens of a call, as the provider reports them.'),
  };
}

function createTallies(meter: Meter) {
  const create = (attributeName: string, name: string, unit: string, description: string): OutcomeTally => {
    const tally = new OutcomeTally(attributeName);
    meter.createObservableCounter(name, { unit, description }).addCallback(tally.observe);
    return tally;
  };
  return {
    calls: create(protocolAttribute, 'signalbox.calls', '{call}', 'Calls that ended.'),
    attempts: create('gen_ai.provider.name', 'signalbox.attempts', '{attempt}', 'Attempts that ended.'),
    rejected: create(
      protocolAttribute,
      'signalbox.requests.rejected',
      '{request}',
      'Requests that were turned away before they became calls.',
    ),
  };
}

function createInFlight(meter: Meter) {
  const create = (name: string, description: string): Record<ClientProtocol, number> => {
    // A number for each protocol, so that zero shows before the first call.
    const counts = { rest: 0, grpc: 0, 'grpc-web': 0, connect: 0 };
    meter.createObservableUpDownCounter(name, { unit: '{call}', description }).addCallback((result) => {
      for (const [protocol, count] of Object.entries(counts)) {
        result.observe(count, { [protocolAttribute]: protocol });
      }
    });
    return counts;
  };
  return {
    calls: create('signalbox.calls.in_flight', 'Calls that began and have not ended.'),
    streams: create('signalbox.streams.in_flight', 'Calls in flight whose answer is streamed.'),
  };
}
