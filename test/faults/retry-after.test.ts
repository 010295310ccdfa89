import { afterAll, describe, expect, test } from 'vitest';
import { createFaultServer, once } from '../support/fault-server.ts';
import { canonicalText } from '../support/faults/canonical-answer.ts';
import type { DialectName } from '../support/faults/fault-dialect.ts';
import { startTestServer } from '../support/test-server.ts';
import { createFaultClient } from './fault-client.ts';
import { callForms, describeForm } from './isolation-rig.ts';
import { createFastClock } from './paced-clocks.ts';

/** Two seconds of the server take a fifth of one. */
const clock = createFastClock(10);
const faults = await createFaultServer(clock);
const dialects: readonly DialectName[] = ['openai-chat', 'anthropic', 'gemini'];
const cases = dialects.flatMap((dialect) =>
  callForms.map((form, place) => ({
    name: `${describeForm(form)}, ${dialect}`,
    form,
    provider: faults.addProvider(
      `${dialect}-${place}`,
      dialect,
      once({ kind: 'refuse', refusal: 'rate-limit', retryAfterS: 2 }),
    ),
  })),
);
const server = await startTestServer({ config: faults.configure(), clock });
const callServer = createFaultClient(server, 12_000);
afterAll(async () => {
  await server.close();
  await faults.close();
});

describe('a rate limit with Retry-After, with nowhere else to go', () => {
  test.each(cases)('is waited for: $name', async ({ form, provider }) => {
    const outcome = await callServer({ ...form, models: [provider.model], recovery: undefined });
    expect(outcome).toMatchObject({ text: canonicalText, error: undefined, hasEnd: true });
    const [first, second, ...others] = provider.arrivals.map(({ atMs }) => atMs);
    expect((second ?? 0) - (first ?? 0)).toBeGreaterThanOrEqual(1800);
    expect(others).toEqual([]);
  });
});
