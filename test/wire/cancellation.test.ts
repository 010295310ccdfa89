import { afterAll, describe, expect, test } from 'vitest';
import { configureFakeProvider } from '../clients/fake-provider.ts';
import { cancelCalls } from '../support/cancel-calls.ts';
import { createFakeUpstream } from '../support/fake-upstream.ts';
import { startTestServer } from '../support/test-server.ts';
import { createWireCallers } from '../support/wire-callers.ts';

/** How many clients leave at once. */
const count = 50;

const upstream = await createFakeUpstream();
const server = await startTestServer({ config: configureFakeProvider(upstream) });
const callers = createWireCallers(server, 'fake/some-model');
afterAll(async () => {
  for (const caller of callers) caller.close();
  await server.close();
  await upstream.close();
});

describe.each(callers)('$name', (caller) => {
  test.each([
    ['streamed', true],
    ['whole', false],
  ])('fifty clients that leave at once end fifty calls at the provider, answers %s', async (_kind, isStreamed) => {
    const cancelled = await cancelCalls({ caller, upstream, isStreamed, count });
    expect(cancelled.map(({ replied }) => replied)).toEqual(Array(count).fill(false));
    // Each call leaves its one line.
    for (let line = 0; line < count; line += 1) {
      expect(await server.nextLogLine('call failed')).toMatchObject({ error_reason: 'CALL_CANCELLED' });
    }
  });
});
