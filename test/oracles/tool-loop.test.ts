import { isDeepStrictEqual } from 'node:util';
import type OpenAI from 'openai';
import type { ChatCompletionCreateParamsNonStreaming } from 'openai/resources/chat/completions';
import { describe, expect, it } from 'vitest';
import { isJsonObject, type JsonObject } from '../../src/core/json.ts';
import { createOpenAiClient } from '../clients/openai-client.ts';
import { createFakeUpstream, type FakeUpstream, jsonReply } from '../support/fake-upstream.ts';
import { startTestServer, type TestServer } from '../support/test-server.ts';
import { createAnthropicUpstream, type SignedUpstream, signedUpstreams } from './signed-upstreams.ts';

/**
 * OpenAI's SDK, pointed at the gateway, goes the round of a tool. It puts answers together and sends them back in its own ways; providers
 * refuse what is not what they gave.
 */

const declaration = {
  name: 'now',
  description: 'The time.',
  parameters: { type: 'object' as const, properties: {} },
};

function createRequest({ provider, model }: SignedUpstream): ChatCompletionCreateParamsNonStreaming {
  return {
    model: `${provider}/${model}`,
    messages: [{ role: 'user', content: 'What time is it?' }],
    tools: [{ type: 'function', function: declaration }],
    reasoning_effort: 'low',
  };
}

function startGateway({ provider, path, settings }: SignedUpstream, upstream: FakeUpstream): Promise<TestServer> {
  const entries = [`base_url: "${upstream.origin}${path}"`, 'api_key: key', settings].filter(
    (one) => one !== undefined,
  );
  return startTestServer({ config: `providers: { ${provider}: { ${entries.join(', ')} } }` });
}

function respondOnlyToSigned(upstream: FakeUpstream, signed: SignedUpstream, stream: boolean): void {
  upstream.respondAlways((request) => {
    const json: unknown = request.json();
    const body: JsonObject = isJsonObject(json) ? json : {};
    const messages = body['messages'] ?? body['contents'];
    if (Array.isArray(messages) && messages.length === 1) return signed.call(stream);
    const found = signed.findSigned(body);
    if (isDeepStrictEqual(found, signed.signed)) return signed.answer(stream);
    const problem = `Not what was given: ${JSON.stringify(found)}`;
    return jsonReply({ message: problem, error: { message: problem } }, { status: 400 });
  });
}

/** Goes the round by hand, as the SDK's users do who send its message back as they got it. */
async function goByHand(
  { chat: { completions } }: OpenAI,
  request: ChatCompletionCreateParamsNonStreaming,
  stream: boolean,
): Promise<string | null | undefined> {
  const complete = (messages: ChatCompletionCreateParamsNonStreaming['messages']) =>
    stream
      ? completions.stream({ ...request, messages, stream: true }).finalChatCompletion()
      : completions.create({ ...request, messages });
  const asked = (await complete(request.messages)).choices[0]?.message;
  const [call] = asked?.tool_calls ?? [];
  if (asked === undefined || call === undefined) throw new Error('no tool was called');
  const result = { role: 'tool' as const, tool_call_id: call.id, content: '12:00' };
  const answered = await complete([...request.messages, asked, result]);
  return answered.choices[0]?.message.content;
}

describe.each(signedUpstreams)('OpenAI’s SDK with $provider/$model', (signed) => {
  it.each([false, true])('sends an answer back with the result of its tool (stream: %s)', async (stream) => {
    await using upstream = await createFakeUpstream();
    await using server = await startGateway(signed, upstream);
    respondOnlyToSigned(upstream, signed, stream);
    expect(await goByHand(createOpenAiClient(server), createRequest(signed), stream)).toBe('It is 12:00.');
    expect(upstream.requests.length).toBe(2);
  });
});

describe('thinking that is too long for the id of a call', () => {
  // Above eight kibibytes.
  const signed = createAnthropicUpstream('Überlegungen. '.repeat(700));

  it('is sent back where the client kept it', async () => {
    await using upstream = await createFakeUpstream();
    await using server = await startGateway(signed, upstream);
    respondOnlyToSigned(upstream, signed, false);
    expect(await goByHand(createOpenAiClient(server), createRequest(signed), false)).toBe('It is 12:00.');
  });

  it('is left out where the client kept its last piece, since it would be refused', async () => {
    await using upstream = await createFakeUpstream();
    await using server = await startGateway(signed, upstream);
    upstream.respond(signed.call(true), signed.answer(true));
    expect(await goByHand(createOpenAiClient(server), createRequest(signed), true)).toBe('It is 12:00.');
    const second: unknown = upstream.requests[1]?.json();
    expect(second).not.toHaveProperty('thinking');
    expect(second).toHaveProperty('messages.1.content', [expect.objectContaining({ type: 'tool_use' })]);
  });
});

const runnable = {
  type: 'function' as const,
  function: { ...declaration, parse: (text: string): object => JSON.parse(text), function: () => '12:00' },
};

const dropping = signedUpstreams.filter(({ survivesDroppedFields }) => survivesDroppedFields);

// It keeps of an answer what OpenAI’s API has, and nothing else.
describe.each(dropping)('runTools of OpenAI’s SDK with $provider/$model', (signed) => {
  it.each([false, true])('goes the round of a tool (stream: %s)', async (stream) => {
    await using upstream = await createFakeUpstream();
    await using server = await startGateway(signed, upstream);
    respondOnlyToSigned(upstream, signed, stream);
    const { completions } = createOpenAiClient(server).chat;
    const request = { ...createRequest(signed), tools: [runnable] };
    const runner = stream
      ? completions.runTools({ ...request, stream: true })
      : completions.runTools({ ...request, stream: false });
    expect(await runner.finalContent()).toBe('It is 12:00.');
    expect(runner.messages.map(({ role }) => role)).toEqual(['user', 'assistant', 'tool', 'assistant']);
  });
});
