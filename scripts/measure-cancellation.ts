/**
 * Measures how long after a client has left its call at the provider is closed, with fifty calls in flight whose clients leave at once, and prints
 * the table of docs/reliability.md. Clients, server and provider share one process, so that the figures are upper bounds.
 */
import { configureFakeProvider } from '../test/clients/fake-provider.ts';
import { cancelCalls } from '../test/support/cancel-calls.ts';
import { createFakeUpstream, type FakeUpstream } from '../test/support/fake-upstream.ts';
import { startTestServer } from '../test/support/test-server.ts';
import { createWireCallers, type WireCaller } from '../test/support/wire-callers.ts';

const count = 50;
/** The first one of each kind warms up and is not counted. */
const rounds = 6;

/** @returns in milliseconds, from the shortest to the longest. */
async function measure(caller: WireCaller, upstream: FakeUpstream, isStreamed: boolean): Promise<number[]> {
  const durationsMs: number[] = [];
  for (let round = 0; round < rounds; round += 1) {
    const cancelled = await cancelCalls({ caller, upstream, isStreamed, count });
    if (round > 0) durationsMs.push(...cancelled.map(({ closedAfterMs }) => closedAfterMs));
  }
  return durationsMs.sort((a, b) => a - b);
}

function describe(durationsMs: readonly number[]): string {
  const median = durationsMs[Math.floor(durationsMs.length / 2)] ?? Number.NaN;
  const max = durationsMs.at(-1) ?? Number.NaN;
  return `${median.toFixed(0)} ms | ${max.toFixed(0)} ms`;
}

const upstream = await createFakeUpstream();
const server = await startTestServer({ config: configureFakeProvider(upstream) });
const callers = createWireCallers(server, 'fake/some-model');
process.stdout.write(
  '| client | streamed, median | longest | whole, median | longest |\n| --- | --- | --- | --- | --- |\n',
);
for (const caller of callers) {
  const streamed = describe(await measure(caller, upstream, true));
  const whole = describe(await measure(caller, upstream, false));
  process.stdout.write(`| ${caller.name} | ${streamed} | ${whole} |\n`);
}
for (const caller of callers) caller.close();
await server.close();
await upstream.close();
