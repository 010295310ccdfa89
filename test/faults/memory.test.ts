import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { expect, test } from 'vitest';
import { startTestServer } from '../support/test-server.ts';
import { createFaultClient } from './fault-client.ts';
import { callForms } from './isolation-rig.ts';

/** Answers, errors before an answer, and answers that break off. */
const models = ['sandbox/echo', 'sandbox/error-429', 'sandbox/cut'];

const warmUpRounds = 20;
const roundsOfBatch = 20;

/** A leak grows in every batch; what is built once grows in one. */
const batchCount = 3;

/** What a call may leave behind, in bytes: chance is far below it, and what a call is made of far above. */
const maxBytesPerCall = 1000;

/** What is in use, once all that can go is gone. */
function measureHeap(collectGarbage: () => void): number {
  // What finalisers let go of goes in the next turn.
  for (let turn = 0; turn < 3; turn += 1) collectGarbage();
  return process.memoryUsage().heapUsed;
}

function exposeGarbageCollector(): () => void {
  setFlagsFromString('--expose-gc');
  const collect: unknown = runInNewContext('gc');
  setFlagsFromString('--no-expose-gc');
  if (typeof collect !== 'function') throw new Error('there is no garbage collector');
  return () => collect();
}

test('calls leave nothing in memory, however they end', async () => {
  const collectGarbage = exposeGarbageCollector();
  // The log of a test server is kept in memory.
  await using server = await startTestServer({ config: 'log: { level: silent }' });
  const callServer = createFaultClient(server, 15_000);

  async function run(count: number): Promise<number> {
    let calls = 0;
    for (let round = 0; round < count; round += 1) {
      const outcomes = await Promise.all(
        models.flatMap((model) =>
          callForms.map((form) => callServer({ ...form, models: [model], recovery: undefined })),
        ),
      );
      calls += outcomes.length;
    }
    return calls;
  }

  await run(warmUpRounds);
  const growths: number[] = [];
  for (let batch = 0; batch < batchCount; batch += 1) {
    const before = measureHeap(collectGarbage);
    const calls = await run(roundsOfBatch);
    growths.push((measureHeap(collectGarbage) - before) / calls);
  }
  expect(Math.min(...growths)).toBeLessThan(maxBytesPerCall);
}, 60_000);
