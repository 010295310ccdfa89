import { getEventListeners } from 'node:events';
import { expect, test } from 'vitest';
import { waitFor } from '../../../src/routing/attempts/wait-for.ts';
import { createManualClock } from '../../wire/one-port-harness.ts';

test.each(['the time is over', 'the signal is aborted'])('a wait ends when %s, and leaves nothing', async (end) => {
  const clock = createManualClock();
  const controller = new AbortController();
  const waiting = waitFor(1000, controller.signal, clock);
  expect([clock.pendingTimers, getEventListeners(controller.signal, 'abort').length]).toEqual([1, 1]);
  if (end === 'the time is over') clock.advance(1000);
  else controller.abort('CALL_CANCELLED');
  await waiting;
  expect([clock.pendingTimers, getEventListeners(controller.signal, 'abort').length]).toEqual([0, 0]);
});

test('nothing is waited for without time, or once it is too late', async () => {
  const clock = createManualClock();
  await waitFor(0, new AbortController().signal, clock);
  await waitFor(1000, AbortSignal.abort('CALL_CANCELLED'), clock);
  expect(clock.pendingTimers).toBe(0);
});
