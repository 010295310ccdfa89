import { create } from '@bufbuild/protobuf';
import * as fc from 'fast-check';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { UsageSchema } from '../../gen/signalbox/chat/v1/usage_pb.ts';
import type { ClientProtocol } from '../../src/core/chat-call.ts';
import { createMetrics, type Metrics } from '../../src/telemetry/metrics.ts';
import { parsePrometheusText, type Sample } from './prometheus-text.ts';
import { createAttempt, createCall, createFailedCall, createRejected, createStart } from './records.ts';

let metrics: Metrics;
beforeEach(() => {
  metrics = createMetrics();
});
afterEach(() => metrics.close());

async function read(name: string, from: Metrics = metrics): Promise<readonly Sample[]> {
  const families = parsePrometheusText(await from.renderPrometheus());
  return families.find((family) => family.name === name)?.samples ?? [];
}

/** The counts and sums of a histogram, without its buckets. */
async function readTotals(name: string): Promise<Sample[]> {
  return (await read(name)).filter((sample) => !sample.name.endsWith('_bucket'));
}

async function readBoundaries(name: string): Promise<string[]> {
  return (await read(name)).flatMap(({ labels }) => (labels['le'] === undefined ? [] : [labels['le']]));
}

const gpt4o = { gen_ai_operation_name: 'chat', gen_ai_provider_name: 'openai' };

describe('renderPrometheus', () => {
  it('has the content type of the format it writes', () => {
    expect(metrics.contentType).toBe('text/plain; version=0.0.4; charset=utf-8');
  });

  it('gives the same counts each time it is read', async () => {
    metrics.callEnded?.(createCall());

    const first = await read('signalbox_calls_total');
    const second = await read('signalbox_calls_total');

    expect(first).toEqual([{ name: 'signalbox_calls_total', labels: { signalbox_protocol: 'rest' }, value: 1 }]);
    expect(second).toEqual(first);
  });

  it('can be read by several at once', async () => {
    metrics.callEnded?.(createCall());

    const texts = await Promise.all([metrics.renderPrometheus(), metrics.renderPrometheus()]);

    for (const text of texts) {
      expect(text).toContain('signalbox_calls_total{signalbox_protocol="rest"} 1\n');
    }
  });

  it('fails after close', async () => {
    const closed = createMetrics();
    await closed.close();

    await expect(closed.renderPrometheus()).rejects.toThrow('shutdown');
  });

  it('keeps the metrics of two servers apart', async () => {
    const other = createMetrics();

    metrics.callEnded?.(createCall());

    expect(await read('signalbox_calls_total', other)).toEqual([]);
    await other.close();
  });
});

describe('calls', () => {
  it('are timed by the model that answered', async () => {
    metrics.callEnded?.(createCall({ durationMs: 1500 }));
    metrics.callEnded?.(createCall({ durationMs: 500 }));

    const name = 'gen_ai_server_request_duration_seconds';
    const labels = { ...gpt4o, gen_ai_response_model: 'gpt-4o' };
    expect(await readTotals(name)).toEqual([
      { name: `${name}_count`, labels, value: 2 },
      { name: `${name}_sum`, labels, value: 2 },
    ]);
  });

  it('that failed are timed with their reason, under no model', async () => {
    metrics.callEnded?.(
      createFailedCall({ errorReason: 'ATTEMPTS_TIMED_OUT', requestedModel: 'chosen/by-the-caller' }),
    );

    expect(await readTotals('gen_ai_server_request_duration_seconds')).toEqual([
      expect.objectContaining({
        labels: {
          gen_ai_operation_name: 'chat',
          gen_ai_provider_name: 'other',
          gen_ai_response_model: 'other',
          error_type: 'ATTEMPTS_TIMED_OUT',
        },
        value: 1,
      }),
      expect.anything(),
    ]);
    expect(await metrics.renderPrometheus()).not.toContain('chosen');
  });

  it('are counted by protocol and reason', async () => {
    metrics.callEnded?.(createCall({ protocol: 'grpc' }));
    metrics.callEnded?.(createFailedCall({ protocol: 'grpc', errorReason: 'CALL_CANCELLED' }));
    metrics.callEnded?.(createFailedCall({ protocol: 'grpc', errorReason: 'CALL_CANCELLED' }));

    expect(await read('signalbox_calls_total')).toEqual([
      { name: 'signalbox_calls_total', labels: { signalbox_protocol: 'grpc' }, value: 1 },
      {
        name: 'signalbox_calls_total',
        labels: { signalbox_protocol: 'grpc', error_type: 'CALL_CANCELLED' },
        value: 2,
      },
    ]);
  });

  it('tell the time to the first token when they are streamed and succeed', async () => {
    metrics.callEnded?.(createCall({ timeToFirstTokenMs: 250 }));
    metrics.callEnded?.(createCall({ stream: false }));
    metrics.callEnded?.(createCall({ timeToFirstTokenMs: undefined }));
    metrics.callEnded?.(createCall({ errorReason: 'STREAM_CUT' }));

    const totals = await readTotals('gen_ai_server_time_to_first_token_seconds');
    expect(totals.map(({ value }) => value)).toEqual([1, 0.25]);
  });

  it('sum up what they cost, as far as it is known', async () => {
    metrics.callEnded?.(createCall({ usage: create(UsageSchema, { promptTokens: 9, cost: 0.25 }) }));
    metrics.callEnded?.(createCall({ usage: create(UsageSchema, { promptTokens: 9, cost: 0.5 }) }));
    metrics.callEnded?.(createCall({ usage: create(UsageSchema, { promptTokens: 9 }) }));

    const labels = { ...gpt4o, gen_ai_request_model: 'gpt-4o' };
    expect(await readTotals('signalbox_cost_total')).toEqual([{ name: 'signalbox_cost_total', labels, value: 0.75 }]);
  });

  it('tell their tokens, zero when that is what was reported, nothing when nothing was', async () => {
    metrics.callEnded?.(createCall({ usage: create(UsageSchema, { promptTokens: 9, completionTokens: 0 }) }));
    metrics.callEnded?.(createCall({ usage: create(UsageSchema, { promptTokens: 11 }) }));
    metrics.callEnded?.(createCall({ usage: undefined }));

    const labels = { ...gpt4o, gen_ai_request_model: 'gpt-4o' };
    expect(await readTotals('gen_ai_client_token_usage')).toEqual([
      { name: 'gen_ai_client_token_usage_count', labels: { ...labels, gen_ai_token_type: 'input' }, value: 2 },
      { name: 'gen_ai_client_token_usage_sum', labels: { ...labels, gen_ai_token_type: 'input' }, value: 20 },
      { name: 'gen_ai_client_token_usage_count', labels: { ...labels, gen_ai_token_type: 'output' }, value: 1 },
      { name: 'gen_ai_client_token_usage_sum', labels: { ...labels, gen_ai_token_type: 'output' }, value: 0 },
    ]);
  });
});

describe('attempts', () => {
  it('are counted by provider and reason', async () => {
    metrics.attemptEnded?.(createAttempt());
    metrics.attemptEnded?.(createAttempt({ errorReason: 'PROVIDER_RATE_LIMITED' }));
    metrics.attemptEnded?.(createAttempt({ provider: 'groq', model: 'groq/llama' }));

    expect(await read('signalbox_attempts_total')).toEqual(
      [
        { gen_ai_provider_name: 'openai' },
        { gen_ai_provider_name: 'openai', error_type: 'PROVIDER_RATE_LIMITED' },
        { gen_ai_provider_name: 'groq' },
      ].map((labels) => ({ name: 'signalbox_attempts_total', labels, value: 1 })),
    );
  });

  it('are timed by the model that was asked', async () => {
    metrics.attemptEnded?.(createAttempt({ durationMs: 2000 }));
    metrics.attemptEnded?.(createAttempt({ durationMs: 40, errorReason: 'PROVIDER_FAILED' }));

    const name = 'gen_ai_client_operation_duration_seconds';
    const labels = { ...gpt4o, gen_ai_request_model: 'gpt-4o' };
    const failed = { ...labels, error_type: 'PROVIDER_FAILED' };
    expect(await readTotals(name)).toEqual([
      { name: `${name}_count`, labels, value: 1 },
      { name: `${name}_sum`, labels, value: 2 },
      { name: `${name}_count`, labels: failed, value: 1 },
      { name: `${name}_sum`, labels: failed, value: 0.04 },
    ]);
  });
});

describe('calls in flight', () => {
  const inFlight = async (name: string): Promise<Record<string, number>> =>
    Object.fromEntries(
      (await read(name)).map(({ labels, value }): [string, number] => [labels['signalbox_protocol'] ?? '', value]),
    );
  const zero = { rest: 0, grpc: 0, 'grpc-web': 0, connect: 0 };

  it('are zero before the first', async () => {
    expect(await inFlight('signalbox_calls_in_flight')).toEqual(zero);
    expect(await inFlight('signalbox_streams_in_flight')).toEqual(zero);
  });

  it('count up and back to zero, streams on their own', async () => {
    const protocols: ClientProtocol[] = ['rest', 'grpc', 'grpc-web', 'connect'];
    for (const protocol of protocols) {
      metrics.callStarted?.(createStart({ protocol, stream: true }));
      metrics.callStarted?.(createStart({ protocol, stream: false }));
    }
    expect(await inFlight('signalbox_calls_in_flight')).toEqual({ rest: 2, grpc: 2, 'grpc-web': 2, connect: 2 });
    expect(await inFlight('signalbox_streams_in_flight')).toEqual({ rest: 1, grpc: 1, 'grpc-web': 1, connect: 1 });

    for (const protocol of protocols) {
      metrics.callEnded?.(createFailedCall({ protocol, stream: true, errorReason: 'CALL_CANCELLED' }));
      metrics.callEnded?.(createCall({ protocol, stream: false }));
    }
    expect(await inFlight('signalbox_calls_in_flight')).toEqual(zero);
    expect(await inFlight('signalbox_streams_in_flight')).toEqual(zero);
  });
});

describe('rejected requests', () => {
  it('are counted by protocol and reason, not by path', async () => {
    metrics.requestRejected?.(createRejected({ path: '/a' }));
    metrics.requestRejected?.(createRejected({ path: '/b' }));

    expect(await read('signalbox_requests_rejected_total')).toEqual([
      {
        name: 'signalbox_requests_rejected_total',
        labels: { signalbox_protocol: 'rest', error_type: 'CREDENTIALS_MISSING' },
        value: 2,
      },
    ]);
  });
});

describe('buckets', () => {
  const durations = '0.01 0.02 0.04 0.08 0.16 0.32 0.64 1.28 2.56 5.12 10.24 20.48 40.96 81.92 +Inf';

  it.each([
    ['gen_ai_server_request_duration_seconds', durations],
    ['gen_ai_client_operation_duration_seconds', durations],
    [
      'gen_ai_server_time_to_first_token_seconds',
      '0.001 0.005 0.01 0.02 0.04 0.06 0.08 0.1 0.25 0.5 0.75 1 2.5 5 7.5 10 +Inf',
    ],
    ['gen_ai_client_token_usage', '1 4 16 64 256 1024 4096 16384 65536 262144 1048576 4194304 16777216 67108864 +Inf'],
  ])('of %s are those of the conventions', async (name, expected) => {
    metrics.attemptEnded?.(createAttempt());
    metrics.callEnded?.(createCall({ usage: create(UsageSchema, { promptTokens: 1 }) }));

    expect((await readBoundaries(name)).join(' ')).toBe(expected);
  });
});

describe('model labels', () => {
  const models = async (from: Metrics): Promise<Set<string>> => {
    const samples = await read('gen_ai_client_operation_duration_seconds', from);
    return new Set(samples.map(({ labels }) => labels['gen_ai_request_model'] ?? ''));
  };

  it('are only for models that answered', async () => {
    metrics.attemptEnded?.(createAttempt({ model: 'openai/no-such-model', errorReason: 'PROVIDER_REFUSED' }));
    expect(await models(metrics)).toEqual(new Set(['other']));

    metrics.attemptEnded?.(createAttempt());
    metrics.attemptEnded?.(createAttempt({ errorReason: 'PROVIDER_TIMEOUT' }));
    expect(await models(metrics)).toEqual(new Set(['other', 'gpt-4o']));
  });

  it('keep the slashes of a name at its provider', async () => {
    metrics.attemptEnded?.(createAttempt({ provider: 'groq', model: 'groq/openai/gpt-oss-20b' }));

    expect(await models(metrics)).toEqual(new Set(['openai/gpt-oss-20b']));
  });

  it('are bounded for names that callers choose, over many readings', async () => {
    const bounded = createMetrics({ maxModels: 3 });
    for (let round = 0; round < 4; round += 1) {
      for (let model = 0; model < 5; model += 1) {
        const name = `my-vllm/model-${round}-${model}`;
        bounded.attemptEnded?.(createAttempt({ provider: 'my-vllm', model: name }));
        bounded.callEnded?.(createCall({ provider: 'my-vllm', servedModel: name }));
      }
      await bounded.renderPrometheus();
    }

    expect(await models(bounded)).toEqual(new Set(['model-0-0', 'model-0-1', 'model-0-2', 'other']));
    const samples = await read('gen_ai_client_operation_duration_seconds', bounded);
    const counts = samples.filter(({ name }) => name.endsWith('_count')).map(({ value }) => value);
    expect(counts.reduce((sum, value) => sum + value, 0)).toBe(20);
    await bounded.close();
  });

  it('leave the text readable whatever the names hold', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(fc.string({ unit: 'binary', maxLength: 200 }), { maxLength: 10 }), async (names) => {
        const fresh = createMetrics();
        for (const name of names) {
          fresh.attemptEnded?.(createAttempt({ model: `openai/${name}` }));
          fresh.callEnded?.(createCall({ servedModel: `openai/${name}`, requestedModel: name }));
        }

        const text = await fresh.renderPrometheus();

        expect(() => parsePrometheusText(text)).not.toThrow();
        await fresh.close();
      }),
      { numRuns: 50 },
    );
  });
});

describe('series of one metric', () => {
  it('are bounded between two readings', async () => {
    const bounded = createMetrics({ maxSeries: 4 });
    for (let provider = 0; provider < 10; provider += 1) {
      bounded.attemptEnded?.(createAttempt({ provider: `p${provider}`, model: `p${provider}/m` }));
    }

    const samples = await read('gen_ai_client_operation_duration_seconds', bounded);

    expect(samples.filter(({ name }) => name.endsWith('_count'))).toHaveLength(4);
    await bounded.close();
  });
});

describe('the process', () => {
  it('tells its memory, its age and the delay of its event loop', async () => {
    const [memory] = await read('process_memory_usage_bytes');
    const [uptime] = await read('process_uptime_seconds');
    const [delay] = await read('nodejs_eventloop_delay_p99_seconds');

    expect(memory?.value).toBeGreaterThan(10_000_000);
    expect(uptime?.value).toBeGreaterThan(0);
    expect(delay?.value).toBeGreaterThanOrEqual(0);
  });
});
