import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type ErrorReason, errorRegistry } from '../../src/core/error-registry.ts';
import { createError } from '../../src/core/errors.ts';
import { createCallLog } from '../../src/telemetry/call-log.ts';
import type { EventSink } from '../../src/telemetry/event-sink.ts';
import type { LogLevel } from '../../src/telemetry/logger.ts';
import { type CapturedLog, captureLog } from './captured-log.ts';
import {
  createAttempt,
  createCall,
  createCircuitChange,
  createFailedCall,
  createRejected,
  generationId,
} from './records.ts';

function start(level?: LogLevel): CapturedLog & { sink: EventSink } {
  const log = captureLog(level);
  return { ...log, sink: createCallLog(log.logger) };
}

function isErrorReason(key: string): key is ErrorReason {
  return key in errorRegistry;
}

const time = '2026-01-02T03:04:05.678Z';

describe('the line of a call', () => {
  it('says everything of one that was answered', () => {
    const { sink, read } = start();

    sink.callEnded?.(createCall());

    expect(read()).toEqual([
      {
        level: 'info',
        time,
        generation_id: generationId,
        completion_id: 'chatcmpl-1760000000000123456000001',
        protocol: 'rest',
        stream: true,
        workspace: 'default',
        key_id: 'app',
        requested_model: 'openai/gpt-4o',
        served_model: 'openai/gpt-4o',
        provider: 'openai',
        attempts: [{ model: 'openai/gpt-4o', ttft_ms: 428.3, duration_ms: 950 }],
        finish_reasons: ['stop'],
        prompt_tokens: 9,
        completion_tokens: 12,
        total_tokens: 21,
        cached_tokens: 4,
        cache_write_tokens: 0,
        reasoning_tokens: 7,
        cost_usd: 0.00025,
        ttft_ms: 430,
        duration_ms: 960.1,
        outcome: 'ok',
        msg: 'call answered',
      },
    ]);
  });

  it('leaves out what is not known, and keeps the reasons of failed attempts', () => {
    const { sink, read } = start();
    const attempts = [
      createAttempt({ errorReason: 'PROVIDER_RATE_LIMITED', errorMessage: 'slow down', timeToFirstTokenMs: undefined }),
      createAttempt({
        model: 'groq/llama',
        provider: 'groq',
        errorReason: 'PROVIDER_TIMEOUT',
        errorMessage: 'late',
        timeToFirstTokenMs: undefined,
      }),
    ];

    sink.callEnded?.(createFailedCall({ attempts, completionId: undefined }));

    expect(read()).toEqual([
      {
        level: 'warn',
        time,
        generation_id: generationId,
        protocol: 'rest',
        stream: true,
        workspace: 'default',
        key_id: 'app',
        requested_model: 'openai/gpt-4o',
        attempts: [
          { model: 'openai/gpt-4o', error_reason: 'PROVIDER_RATE_LIMITED', duration_ms: 950 },
          { model: 'groq/llama', error_reason: 'PROVIDER_TIMEOUT', duration_ms: 950 },
        ],
        finish_reasons: [],
        duration_ms: 960.1,
        outcome: 'error',
        error_reason: 'ATTEMPTS_FAILED',
        msg: 'call failed',
      },
    ]);
  });

  it('is an error with the cause and its stack when the server is at fault', () => {
    const { sink, read } = start();

    sink.callEnded?.(createFailedCall({ errorReason: 'INTERNAL', cause: new TypeError('x is not a function') }));

    expect(read()).toEqual([
      expect.objectContaining({
        level: 'error',
        error_reason: 'INTERNAL',
        cause: {
          type: 'TypeError',
          message: 'x is not a function',
          stack: expect.stringContaining('call-log.test.ts'),
        },
      }),
    ]);
  });

  it('has no cause when the reason tells it', () => {
    const { sink, lines } = start();

    sink.callEnded?.(createFailedCall({ cause: createError('INVALID_REQUEST', { problem: 'said a secret' }) }));

    expect(lines).toHaveLength(1);
    expect(lines[0]).not.toContain('cause');
    expect(lines[0]).not.toContain('said a secret');
  });

  const levels: [ErrorReason, string][] = [
    ['ATTEMPTS_RATE_LIMITED', 'warn'],
    ['ATTEMPTS_TIMED_OUT', 'warn'],
    ['STREAM_CUT', 'warn'],
    ['PROVIDER_CREDENTIALS', 'warn'],
    ['SERVER_DRAINING', 'warn'],
    ['CALL_CANCELLED', 'info'],
    ['PROVIDER_REFUSED', 'info'],
    ['CONTENT_REFUSED', 'info'],
    ['MODEL_UNKNOWN', 'info'],
    ['INTERNAL', 'error'],
  ];
  it.each(levels)('of %s is at level %s', (errorReason, level) => {
    const { sink, read } = start();

    sink.callEnded?.(createFailedCall({ errorReason }));

    expect(read()).toEqual([expect.objectContaining({ level, outcome: 'error', error_reason: errorReason })]);
  });

  it('is not made when its level is off', () => {
    const { sink, lines } = start('warn');

    sink.callEnded?.(createCall());
    sink.callEnded?.(createFailedCall());

    expect(lines).toHaveLength(1);
  });

  it('does not hold what a provider said', () => {
    const { sink, lines } = start('info');
    const attempt = createAttempt({ errorReason: 'PROVIDER_REFUSED', errorMessage: 'cannot answer "my diagnosis"' });

    sink.attemptEnded?.(attempt);
    sink.callEnded?.(createFailedCall({ attempts: [attempt], errorReason: 'PROVIDER_REFUSED' }));

    expect(lines).toHaveLength(1);
    expect(lines.join()).not.toContain('diagnosis');
  });

  it('is one line whatever the names hold', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary', maxLength: 100 }), (name) => {
        const { sink, lines, read } = start('debug');

        sink.callEnded?.(
          createCall({ requestedModel: name, servedModel: name, attempts: [createAttempt({ model: name })] }),
        );
        sink.requestRejected?.(createRejected({ path: name }));

        expect(lines).toHaveLength(2);
        for (const line of lines) {
          expect(line.indexOf('\n')).toBe(line.length - 1);
        }
        expect(read()).toHaveLength(2);
      }),
    );
  });
});

describe('names that callers choose', () => {
  it('are cut', () => {
    const { sink, read } = start();
    const name = 'x'.repeat(100_000);
    const cut = `${'x'.repeat(200)}…`;

    sink.callEnded?.(
      createCall({ requestedModel: name, servedModel: name, attempts: [createAttempt({ model: name })] }),
    );
    sink.requestRejected?.(createRejected({ path: name }));

    expect(read()).toEqual([
      expect.objectContaining({
        requested_model: cut,
        served_model: cut,
        attempts: [expect.objectContaining({ model: cut })],
      }),
      expect.objectContaining({ path: cut }),
    ]);
  });
});

describe('the line of a failed attempt', () => {
  it('holds what the provider said, at debug', () => {
    const { sink, read } = start('debug');

    sink.attemptEnded?.(createAttempt({ errorReason: 'PROVIDER_FAILED', errorMessage: 'x'.repeat(5000) }));

    expect(read()).toEqual([
      {
        level: 'debug',
        time,
        generation_id: generationId,
        provider: 'openai',
        model: 'openai/gpt-4o',
        error_reason: 'PROVIDER_FAILED',
        error_message: `${'x'.repeat(2000)}…`,
        msg: 'attempt failed',
      },
    ]);
  });

  it('is not made for one that succeeded', () => {
    const { sink, lines } = start('debug');

    sink.attemptEnded?.(createAttempt());

    expect(lines).toEqual([]);
  });
});

describe('the line of a rejected request', () => {
  it('says where and why, without the query', () => {
    const { sink, read } = start();

    sink.requestRejected?.(createRejected({ path: '/v1/chat/completions?api_key=c2VjcmV0' }));

    expect(read()).toEqual([
      {
        level: 'info',
        time,
        protocol: 'rest',
        path: '/v1/chat/completions',
        outcome: 'rejected',
        error_reason: 'CREDENTIALS_MISSING',
        http_status: 401,
        msg: 'request rejected',
      },
    ]);
  });

  it('has the cause when the server is at fault', () => {
    const { sink, read } = start();

    sink.requestRejected?.(
      createRejected({ errorReason: 'INTERNAL', httpStatus: 500, cause: new Error('no such table') }),
    );

    expect(read()).toEqual([
      expect.objectContaining({
        level: 'error',
        cause: { type: 'Error', message: 'no such table', stack: expect.stringContaining('call-log.test.ts') },
      }),
    ]);
  });

  it('is one line for every reason there is', () => {
    for (const errorReason of Object.keys(errorRegistry).filter(isErrorReason)) {
      const { sink, lines } = start();

      sink.requestRejected?.(createRejected({ errorReason }));

      expect(lines, errorReason).toHaveLength(1);
    }
  });
});

it('a circuit that opens is a warning, one that closes is information, and a probe is neither', () => {
  const { sink, read } = start();
  sink.circuitChanged?.(createCircuitChange());
  sink.circuitChanged?.(createCircuitChange({ from: 'open', to: 'half-open', openMs: undefined }));
  sink.circuitChanged?.(createCircuitChange({ from: 'half-open', to: 'closed', openMs: undefined }));
  const model = { time, provider: 'openai', model: 'openai/gpt-4o' };
  expect(read()).toEqual([
    { ...model, level: 'warn', open_ms: 5000, msg: 'circuit opened' },
    { ...model, level: 'info', msg: 'circuit closed' },
  ]);
});

it('an overload that begins is a warning with its cause, and information when it is over', () => {
  const { sink, read } = start();
  sink.overloadChanged?.({ cause: 'memory' });
  sink.overloadChanged?.({ cause: undefined });
  expect(read()).toEqual([
    { time, level: 'warn', cause: 'memory', msg: 'overloaded' },
    { time, level: 'info', msg: 'overload over' },
  ]);
});
