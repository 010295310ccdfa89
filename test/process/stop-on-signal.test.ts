import { EventEmitter } from 'node:events';
import { expect, test } from 'vitest';
import { systemClock } from '../../src/core/clock.ts';
import { type StopSignal, stopOnSignal } from '../../src/stop-on-signal.ts';

type SentSignal = readonly [signal: StopSignal, atMs: number];

/** Sends signals at given times, and tells what they did. */
function send(...signals: readonly SentSignal[]): string[] {
  return sendTo({ isTerminalGone: true }, ...signals);
}

function sendTo({ isTerminalGone }: { readonly isTerminalGone: boolean }, ...signals: readonly SentSignal[]): string[] {
  const source = new EventEmitter();
  const done: string[] = [];
  let nowMs = 0;
  stopOnSignal({
    signals: source,
    clock: { ...systemClock, monotonicMs: () => nowMs },
    stop: (signal) => done.push(`stop ${signal}`),
    stopAtOnce: (signal) => done.push(`at once ${signal}`),
    reload: () => done.push('reload'),
    isTerminalGone: () => isTerminalGone,
  });
  for (const [signal, atMs] of signals) {
    nowMs = atMs;
    source.emit(signal, signal);
  }
  return done;
}

test.each<StopSignal>(['SIGTERM', 'SIGINT', 'SIGHUP'])('%s stops the server', (signal) => {
  expect(send([signal, 0])).toEqual([`stop ${signal}`]);
});

test('SIGHUP reloads, as often as it comes, unless a terminal closes', () => {
  const daemon = { isTerminalGone: false };
  expect(sendTo(daemon, ['SIGHUP', 0], ['SIGHUP', 1], ['SIGTERM', 2], ['SIGHUP', 3])).toEqual([
    ...['reload', 'reload', 'stop SIGTERM', 'reload'],
  ]);
});

test('the same signal right after counts once', () => {
  expect(send(['SIGINT', 1000], ['SIGINT', 1003], ['SIGINT', 1250])).toEqual(['stop SIGINT']);
});

test('the same signal later ends it at once', () => {
  expect(send(['SIGINT', 1000], ['SIGINT', 1251])).toEqual(['stop SIGINT', 'at once SIGINT']);
});

test('another signal ends it at once', () => {
  expect(send(['SIGTERM', 1000], ['SIGINT', 1001])).toEqual(['stop SIGTERM', 'at once SIGINT']);
});
