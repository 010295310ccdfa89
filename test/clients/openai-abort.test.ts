import { APIUserAbortError } from 'openai';
import { expect, test } from 'vitest';
import { createFakeUpstream, sseReply } from '../support/fake-upstream.ts';
import { startTestServer } from '../support/test-server.ts';
import { configureFakeProvider } from './fake-provider.ts';
import { createOpenAiClient } from './openai-client.ts';
import { textChunk } from './upstream-chunks.ts';

const body = { model: 'fake/some-model', messages: [{ role: 'user' as const, content: 'Hello' }] };

test('aborting a call that waits cancels it upstream', async () => {
  await using upstream = await createFakeUpstream();
  await using server = await startTestServer({ config: configureFakeProvider(upstream) });
  upstream.respond({ drop: 'hang' });
  const controller = new AbortController();
  const call = createOpenAiClient(server).chat.completions.create(body, { signal: controller.signal });
  const aborted = expect(call).rejects.toBeInstanceOf(APIUserAbortError);
  const request = await upstream.nextRequest();
  controller.abort();
  await aborted;
  expect(await request.closed).toEqual({ replied: false });
  expect(await server.nextLogLine('call failed')).toMatchObject({ error_reason: 'CALL_CANCELLED' });
});

test('leaving a stream half-way cancels it upstream', async () => {
  await using upstream = await createFakeUpstream();
  await using server = await startTestServer({ config: configureFakeProvider(upstream) });
  // Resolves never: the upstream says nothing more.
  const { promise: silence } = Promise.withResolvers<void>();
  upstream.respond(sseReply([textChunk('Hello'), silence]));
  const stream = await createOpenAiClient(server).chat.completions.create({ ...body, stream: true });
  for await (const chunk of stream) if (chunk.choices[0]?.delta.content === 'Hello') break;
  const request = await upstream.nextRequest();
  expect(await request.closed).toEqual({ replied: false });
});
