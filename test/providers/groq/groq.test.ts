import { create } from '@bufbuild/protobuf';
import { describe, expect, it } from 'vitest';
import { ChatCompletionRequestSchema } from '../../../gen/signalbox/chat/v1/chat_completion_request_pb.ts';
import { groq } from '../../../src/providers/groq/index.ts';
import { openAiChatContract } from '../../contract/openai-chat.contract.ts';
import { encodeChunk, encodeEvent, openAiChatWire } from '../../contract/openai-chat-wire.ts';
import { providerContract } from '../../contract/provider.contract.ts';
import { openProviderPeer } from '../../contract/provider-peer.ts';
import { jsonReply } from '../../support/fake-upstream.ts';

providerContract(groq, openAiChatWire);
openAiChatContract(groq);

describe('groq', () => {
  it('exists with a key in its usual place', () => {
    expect(groq).toMatchObject({
      kind: 'groq',
      baseUrl: 'https://api.groq.com/openai/v1',
      apiKeyVariable: 'GROQ_API_KEY',
      builtIn: true,
    });
  });

  it('is given reasoning back under its own name', async () => {
    await using peer = await openProviderPeer(groq);
    const request = create(ChatCompletionRequestSchema, {
      maxTokens: 100,
      messages: [{ role: 'assistant', content: 'Hello', reasoningContent: 'A greeting.' }],
    });
    await peer.read({ request, stream: false });
    expect((await peer.upstream.nextRequest()).json()).toEqual({
      model: 'some/model',
      messages: [{ role: 'assistant', content: 'Hello', reasoning: 'A greeting.' }],
      max_completion_tokens: 100,
    });
  });

  it('counts the usage that comes in two places once', async () => {
    await using peer = await openProviderPeer(groq);
    const usage = { prompt_tokens: 10, completion_tokens: 5, total_tokens: 15 };
    const choice = { index: 0, delta: { content: 'Hello' }, finish_reason: 'stop' };
    peer.upstream.respond({
      headers: openAiChatWire.streamHeaders,
      body: [
        encodeChunk([choice], { x_groq: { id: 'r', usage }, usage }),
        encodeChunk([], { usage }),
        encodeEvent('[DONE]'),
      ],
    });
    const { answer } = await peer.read();
    expect(answer.usage).toEqual({ prompt: 10, completion: 5, total: 15 });
  });

  it('finds usage that comes only under its own name', async () => {
    await using peer = await openProviderPeer(groq);
    const usage = { prompt_tokens: 10, completion_tokens: 5, total_tokens: 15 };
    const choice = { index: 0, delta: { content: 'Hello' }, finish_reason: 'stop' };
    const body = [encodeChunk([choice], { x_groq: { usage } }), encodeEvent('[DONE]')];
    peer.upstream.respond({ headers: openAiChatWire.streamHeaders, body });
    expect((await peer.read()).answer.usage).toEqual({ prompt: 10, completion: 5, total: 15 });
  });

  it.each([
    ['rate_limit_exceeded', 'PROVIDER_RATE_LIMITED', 7000],
    ['request_too_large', 'PROVIDER_REFUSED', undefined],
  ])('HTTP 413 with the code %s is %s', async (code, reason, retryAfterMs) => {
    await using peer = await openProviderPeer(groq);
    const error = { message: 'Request too large for model on tokens per minute (TPM).', type: 'tokens', code };
    peer.upstream.respond(jsonReply({ error }, { status: 413, headers: { 'retry-after': '7' } }));
    const failure = (await peer.read()).error;
    expect(failure).toMatchObject({ reason, message: expect.stringContaining(error.message) });
    expect(failure?.details.retryAfterMs).toBe(retryAfterMs);
  });
});
