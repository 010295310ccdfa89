import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { CallQueue, type CallQueueLimits, type QueueOutcome } from '../../../src/wire/overload/call-queue.ts';
import { createManualClock } from '../one-port-harness.ts';

const limits: CallQueueLimits = { maxCalls: 1, maxQueuedCalls: 2, queueTimeoutMs: 1000 };

function createRig(changed: Partial<CallQueueLimits> = {}) {
  const clock = createManualClock();
  const changes: number[] = [];
  const queue = new CallQueue({ ...limits, ...changed }, clock, (change) => changes.push(change));
  const never = new AbortController().signal;
  return { clock, queue, changes, enter: (signal = never) => queue.enter(signal) };
}

describe('a queue of calls', () => {
  test('gives a place at once, and the next ones as places come back', async () => {
    const { queue, enter, clock, changes } = createRig();
    expect(await enter()).toBe('entered');
    const second = enter();
    const third = enter();
    expect([queue.running, queue.queued, queue.isFull]).toEqual([1, 2, true]);
    queue.leave();
    expect(await second).toBe('entered');
    expect([queue.running, queue.queued, queue.isFull]).toEqual([1, 1, false]);
    queue.leave();
    expect(await third).toBe('entered');
    queue.leave();
    expect([queue.running, queue.queued, clock.pendingTimers]).toEqual([0, 0, 0]);
    expect(changes).toEqual([1, 1, -1, -1]);
  });

  test('turns away who finds no room to wait, at once', async () => {
    const { enter } = createRig({ maxQueuedCalls: 0 });
    await enter();
    expect(await enter()).toBe('full');
  });

  test('lets nobody wait for longer than is allowed', async () => {
    const { clock, queue, enter } = createRig();
    await enter();
    const second = enter();
    clock.advance(600);
    const third = enter();
    clock.advance(400);
    expect(await second).toBe('timeout');
    expect(queue.queued).toBe(1);
    queue.leave();
    expect(await third).toBe('entered');
  });

  test('lets go of a call that is stopped while it waits, and of nothing else', async () => {
    const { clock, queue, enter } = createRig();
    const client = new AbortController();
    await enter(client.signal);
    const second = enter(client.signal);
    const third = enter();
    client.abort();
    expect(await second).toBe('stopped');
    expect([queue.running, queue.queued]).toEqual([1, 1]);
    expect(await enter(client.signal)).toBe('stopped');
    queue.leave();
    expect(await third).toBe('entered');
    expect(clock.pendingTimers).toBe(0);
  });
});

/** What may happen to a queue, in any order: a call comes, the one that has run the longest ends, one that waits leaves, time passes. */
const step = fc.oneof(
  fc.record({ kind: fc.constantFrom('come', 'end') }),
  fc.record({ kind: fc.constant('stop'), index: fc.nat(20) }),
  fc.record({ kind: fc.constant('pass'), durationMs: fc.nat(700) }),
);

test('whatever happens, calls enter in the order of their arrival, and never more than may', async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.integer({ min: 1, max: 4 }),
      fc.integer({ min: 0, max: 4 }),
      fc.array(step, { maxLength: 60 }),
      async (maxCalls, maxQueuedCalls, steps) => {
        const { clock, queue, enter } = createRig({ maxCalls, maxQueuedCalls });
        const controllers: AbortController[] = [];
        const outcomes: (QueueOutcome | undefined)[] = [];
        const entered: number[] = [];
        let ended = 0;
        for (const [index, one] of steps.entries()) {
          if (one.kind === 'come') {
            const number = controllers.push(new AbortController()) - 1;
            outcomes.push(undefined);
            void enter(controllers[number]?.signal).then((outcome) => {
              outcomes[number] = outcome;
              if (outcome === 'entered') entered.push(number);
            });
          } else if (one.kind === 'end' && queue.running > 0) {
            queue.leave();
            ended += 1;
          } else if ('index' in one) controllers[one.index]?.abort();
          else if ('durationMs' in one) clock.advance(one.durationMs);
          // The outcomes are promises: let them come.
          await new Promise(setImmediate);
          expect(queue.running, `step ${index}`).toBe(entered.length - ended);
          expect(queue.running).toBeLessThanOrEqual(maxCalls);
          expect(queue.queued).toBe(outcomes.filter((outcome) => outcome === undefined).length);
          expect(queue.queued).toBeLessThanOrEqual(maxQueuedCalls);
          // Nobody waits while there is a place.
          expect(queue.queued === 0 || queue.running === maxCalls).toBe(true);
        }
        expect(entered).toEqual([...entered].sort((a, b) => a - b));
        expect(clock.pendingTimers).toBe(queue.queued);
      },
    ),
    { numRuns: 60 },
  );
});
