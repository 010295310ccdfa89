import { expect, onTestFinished, test } from 'vitest';
import { createProcessLoadProbe, type LoadProbe } from '../../../src/wire/overload/load-probe.ts';

function openProbe(): LoadProbe {
  const probe = createProcessLoadProbe();
  onTestFinished(() => probe.close());
  return probe;
}

/** Keeps the process busy, so that whatever else it has to do waits. */
function compute(durationMs: number): void {
  const endMs = performance.now() + durationMs;
  while (performance.now() < endMs);
}

/** A turn of the event loop, timers included. */
function nextTurn(): Promise<void> {
  return new Promise((resolve) => {
    setTimeout(resolve, 1);
  });
}

test('tells the share of memory that is used', () => {
  const { memoryShare } = openProbe().read();
  expect(memoryShare).toBeGreaterThan(0);
  expect(memoryShare).toBeLessThan(1);
});

test('tells of a process that is late in all of its turns', async () => {
  const probe = openProbe();
  for (let turn = 0; turn < 8; turn += 1) {
    compute(60);
    await nextTurn();
  }
  // Each turn made what is due wait for the rest of its 60 ms.
  expect(probe.read().eventLoopDelayMs).toBeGreaterThan(20);
});

test('says nothing of one long computation', async () => {
  const probe = openProbe();
  await nextTurn();
  compute(200);
  await nextTurn();
  expect(probe.read().eventLoopDelayMs).toBeLessThan(100);
});
