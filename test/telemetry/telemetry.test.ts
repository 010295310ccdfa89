import { setImmediate } from 'node:timers/promises';
import { afterEach, describe, expect, it } from 'vitest';
import { attemptEnded, callEnded, callStarted, requestRejected } from '../../src/core/events.ts';
import type { EventSink } from '../../src/telemetry/event-sink.ts';
import { createLogger } from '../../src/telemetry/logger.ts';
import { startTelemetry, type Telemetry } from '../../src/telemetry/telemetry.ts';
import { captureLog } from './captured-log.ts';
import { createAttempt, createCall, createFailedCall, createRejected, createStart } from './records.ts';

let telemetry: Telemetry | undefined;
afterEach(() => telemetry?.stop());

function publishOneOfEach(): void {
  callStarted.publish(createStart());
  attemptEnded.publish(createAttempt());
  callEnded.publish(createCall());
  requestRejected.publish(createRejected());
}

function recordNames(names: string[]): EventSink {
  return {
    callStarted: () => names.push('callStarted'),
    attemptEnded: () => names.push('attemptEnded'),
    callEnded: () => names.push('callEnded'),
    requestRejected: () => names.push('requestRejected'),
  };
}

const failingSink: EventSink = {
  callStarted: fail,
  attemptEnded: fail,
  callEnded: fail,
  requestRejected: fail,
};

function fail(): never {
  throw new Error('broken listener');
}

/** What would have ended the process, until the next turn of the event loop is over. */
async function collectUncaught(run: () => void): Promise<unknown[]> {
  const uncaught: unknown[] = [];
  const listeners = process.listeners('uncaughtException');
  process.removeAllListeners('uncaughtException');
  process.on('uncaughtException', (error) => uncaught.push(error));
  try {
    run();
    await setImmediate();
  } finally {
    process.removeAllListeners('uncaughtException');
    for (const listener of listeners) {
      process.on('uncaughtException', listener);
    }
  }
  return uncaught;
}

describe('startTelemetry', () => {
  it('gives every event to the log and to the metrics, once', () => {
    const { logger, read } = captureLog('debug');
    const names: string[] = [];
    telemetry = startTelemetry({ logger, metrics: recordNames(names) });

    publishOneOfEach();

    expect(names).toEqual(['callStarted', 'attemptEnded', 'callEnded', 'requestRejected']);
    expect(read()).toEqual([
      expect.objectContaining({ msg: 'call answered' }),
      expect.objectContaining({ msg: 'request rejected' }),
    ]);
  });

  it('writes exactly one line for each call', () => {
    const { logger, lines } = captureLog();
    telemetry = startTelemetry({ logger, metrics: {} });
    const calls = [
      createCall(),
      createFailedCall(),
      createFailedCall({ errorReason: 'INTERNAL', cause: new Error('x') }),
    ];

    for (const call of calls) {
      callStarted.publish(createStart());
      for (const attempt of call.attempts) {
        attemptEnded.publish(attempt);
      }
      callEnded.publish(call);
    }

    expect(lines).toHaveLength(calls.length);
  });

  it('hears nothing after stop', () => {
    const { logger, lines } = captureLog('debug');
    const names: string[] = [];
    telemetry = startTelemetry({ logger, metrics: recordNames(names) });

    telemetry.stop();
    telemetry.stop();
    publishOneOfEach();

    expect(names).toEqual([]);
    expect(lines).toEqual([]);
  });

  it('lets nothing out that a listener throws, and reports each listener once', async () => {
    const { logger, read } = captureLog('error');
    telemetry = startTelemetry({ logger, metrics: failingSink });

    const uncaught = await collectUncaught(() => {
      publishOneOfEach();
      publishOneOfEach();
    });

    expect(uncaught).toEqual([]);
    expect(read()).toEqual(
      ['call.started', 'attempt.ended', 'call.ended', 'request.rejected'].map((event) =>
        expect.objectContaining({
          level: 'error',
          channel: `signalbox:${event}`,
          cause: { type: 'Error', message: 'broken listener', stack: expect.any(String) },
        }),
      ),
    );
  });

  it('keeps the metrics going when the log cannot be written', async () => {
    const names: string[] = [];
    const logger = createLogger({
      level: 'info',
      destination: { write: fail },
      clock: { nowMs: () => 0, monotonicMs: () => 0, after: () => () => {} },
    });
    telemetry = startTelemetry({ logger, metrics: recordNames(names) });

    const uncaught = await collectUncaught(publishOneOfEach);

    expect(uncaught).toEqual([]);
    expect(names).toHaveLength(4);
  });

  it('would otherwise end the process: a listener of its own that throws', async () => {
    const unsubscribe = callStarted.subscribe(fail);

    const uncaught = await collectUncaught(() => callStarted.publish(createStart()));
    unsubscribe();

    expect(uncaught).toEqual([expect.objectContaining({ message: 'broken listener' })]);
  });
});
