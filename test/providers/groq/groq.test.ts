import { create } from '@bufbuild/protobuf';
import { describe, expect, it } from 'vitest';
import { ChatCompletionRequestSchema } from '../../../gen/signalbox/chat/v1/chat_completion_request_pb.ts';
import { groq } from '../../../src/providers/groq/index.ts';
import { openAiChatContract } from '../../contract/openai-chat.contract.ts';
import { readRefusal, sendRequest } from '../../contract/openai-chat-request.ts';
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

describe('groq, by its models', () => {
  const tools = [{ type: 'function', function: { name: 'now' } }];
  const browserSearch = { type: 'browser_search' };

  it.each([
    ['openai/gpt-oss-120b', { web_search_options: {} }, { tools: [browserSearch] }, 0],
    ['openai/gpt-oss-20b', { tools, web_search_options: {} }, { tools: [...tools, browserSearch] }, 0],
    ['openai/gpt-oss-20b', { web_search_options: { search_context_size: 'low' } }, { tools: [browserSearch] }, 1],
    ['groq/compound-mini', { web_search_options: {} }, {}, 0],
    ['llama-3.3-70b-versatile', { web_search_options: {} }, {}, 1],
    ['openai/gpt-oss-20b', { verbosity: 'low' }, {}, 1],
    ['openai/gpt-oss-20b', { reasoning_effort: 'none' }, { reasoning_effort: 'low' }, 1],
    ['openai/gpt-oss-20b', { reasoning_effort: 'medium' }, { reasoning_effort: 'medium' }, 0],
    ['openai/gpt-oss-20b', { reasoning_effort: 'xhigh' }, { reasoning_effort: 'high' }, 1],
    ['qwen/qwen3-32b', { reasoning_effort: 'none' }, { reasoning_effort: 'none' }, 0],
    ['qwen/qwen3-32b', { reasoning_effort: 'low' }, { reasoning_effort: 'default' }, 1],
    ['llama-3.3-70b-versatile', { reasoning_effort: 'low' }, {}, 1],
  ])('%s is asked %j as %j', async (model, fields, sent, warned) => {
    const { body, warnings } = await sendRequest(groq, fields, { model });
    expect(body).toEqual(sent);
    expect(warnings).toHaveLength(warned);
  });

  it.each([
    [400, 'tool_use_failed'],
    [400, 'json_validate_failed'],
    [422, undefined],
    [498, 'capacity_exceeded'],
  ])('HTTP %i with the code %s is for the next candidate', async (status, code) => {
    const error = { message: 'Failed.', type: 'invalid_request_error', code };
    expect(await readRefusal(groq, status, { error })).toMatchObject({
      reason: 'PROVIDER_FAILED',
      message: expect.stringContaining('Failed.'),
    });
  });

  it('is read as failed in the middle of a stream, where the model fails to call a tool', async () => {
    await using peer = await openProviderPeer(groq);
    const error = { message: 'Failed.', type: 'invalid_request_error', code: 'tool_use_failed', status_code: 400 };
    const chunk = encodeChunk([{ index: 0, delta: { content: 'Hello' }, finish_reason: null }]);
    peer.upstream.respond({ headers: openAiChatWire.streamHeaders, body: [chunk, encodeEvent({ error }, 'error')] });
    expect((await peer.read()).error?.reason).toBe('PROVIDER_FAILED');
  });

  it.each([
    [{ 'x-ratelimit-reset-tokens': '7.66s' }, 7660],
    [{ 'x-ratelimit-reset-tokens': '7.66s', 'retry-after': '2' }, 2000],
  ])('says with %j when its limit is over', async (headers, retryAfterMs) => {
    await using peer = await openProviderPeer(groq);
    peer.upstream.respond(jsonReply({ error: { message: 'Slow down.' } }, { status: 429, headers }));
    expect((await peer.read()).error?.details.retryAfterMs).toBe(retryAfterMs);
    peer.upstream.respond(
      jsonReply({ error: { message: 'Busy.' } }, { status: 503, headers: { 'x-ratelimit-reset-tokens': '7s' } }),
    );
    expect((await peer.read()).error?.details.retryAfterMs).toBeUndefined();
  });
});
