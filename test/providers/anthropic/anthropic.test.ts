import { create } from '@bufbuild/protobuf';
import { describe, expect, it } from 'vitest';
import { ChatCompletionRequestSchema } from '../../../gen/signalbox/chat/v1/chat_completion_request_pb.ts';
import { decodeRequest } from '../../../src/dialects/openai-chat/decode-request.ts';
import { anthropic } from '../../../src/providers/anthropic/index.ts';
import { anthropicWire, tell } from '../../contract/anthropic-wire.ts';
import { providerContract } from '../../contract/provider.contract.ts';
import { openProviderPeer, providerKey } from '../../contract/provider-peer.ts';
import { jsonReply } from '../../support/fake-upstream.ts';

providerContract(anthropic, anthropicWire);

const hello = { choice: { content: ['Hello'], finishReason: 'stop' } } as const;
const { streamHeaders } = anthropicWire;

describe('anthropic', () => {
  it('exists with a key in its usual place', () => {
    expect(anthropic).toMatchObject({
      kind: 'anthropic',
      baseUrl: 'https://api.anthropic.com/v1',
      apiKeyVariable: 'ANTHROPIC_API_KEY',
      builtIn: true,
    });
  });

  it('is called with its version and its key', async () => {
    await using peer = await openProviderPeer(anthropic);
    peer.upstream.respond({ headers: streamHeaders, body: anthropicWire.encodeStream(hello) });
    await peer.read();
    const request = await peer.upstream.nextRequest();
    expect(request).toMatchObject({
      path: '/v1/messages',
      headers: { 'x-api-key': providerKey, 'anthropic-version': '2023-06-01', accept: 'text/event-stream' },
    });
    expect(request.headers).not.toHaveProperty('authorization');
    expect(request.headers).not.toHaveProperty('anthropic-beta');
    expect(request.json()).toEqual({
      model: 'some/model',
      max_tokens: 8192,
      messages: [{ role: 'user', content: [{ type: 'text', text: 'Hello' }] }],
      stream: true,
    });
  });

  it('is asked for the features of a request beside the operator’s', async () => {
    await using peer = await openProviderPeer(anthropic, { settings: { headers: { 'Anthropic-Beta': 'context-1m' } } });
    peer.upstream.respond(jsonReply(JSON.parse(anthropicWire.encodeWhole(hello))));
    const content = [{ type: 'file', file: { file_id: 'file_1' } }];
    const request = decodeRequest({ model: 'a/b', messages: [{ role: 'user', content }] });
    await peer.read({ request, stream: false });
    expect((await peer.upstream.nextRequest()).headers['anthropic-beta']).toBe('context-1m,files-api-2025-04-14');
  });

  it('is not called with what it cannot take', async () => {
    await using peer = await openProviderPeer(anthropic);
    const request = create(ChatCompletionRequestSchema, {
      messages: [
        { role: 'user', contentParts: [{ part: { case: 'inputAudio', value: { data: 'AAAA', format: 'wav' } } }] },
      ],
    });
    expect((await peer.read({ request })).error).toMatchObject({ reason: 'REQUEST_UNSUPPORTED', httpStatus: 400 });
    expect(peer.upstream.requests).toEqual([]);
  });

  it.each([true, false])('turns the arguments of a forced tool back into content (stream: %s)', async (stream) => {
    await using peer = await openProviderPeer(anthropic);
    const scripted = {
      choice: { toolCalls: [{ id: 'a', name: 'answer', arguments: ['{"a":', '1}'] }], finishReason: 'tool_calls' },
    } as const;
    const body = stream ? anthropicWire.encodeStream(scripted) : anthropicWire.encodeWhole(scripted);
    peer.upstream.respond({ headers: stream ? streamHeaders : { 'content-type': 'application/json' }, body });
    const schema = { type: 'object', properties: { a: { type: 'integer' } } };
    const request = decodeRequest({
      model: 'a/b',
      messages: [{ role: 'user', content: 'Hi' }],
      response_format: { type: 'json_schema', json_schema: { name: 'thing', schema } },
    });
    const { answer } = await peer.read({ request, stream, model: 'claude-sonnet-4' });
    expect(answer.choices).toMatchObject([{ content: '{"a":1}', toolCalls: [], finishReason: 'stop' }]);
  });

  it.each([
    ['overloaded_error', 'PROVIDER_FAILED'],
    ['rate_limit_error', 'PROVIDER_RATE_LIMITED'],
    ['timeout_error', 'PROVIDER_TIMEOUT'],
    ['authentication_error', 'PROVIDER_CREDENTIALS'],
    ['invalid_request_error', 'PROVIDER_REFUSED'],
    ['something_new', 'PROVIDER_FAILED'],
  ])('%s in a stream is %s', async (type, reason) => {
    await using peer = await openProviderPeer(anthropic);
    const [start = Buffer.of()] = anthropicWire.encodeStream(hello);
    const error = { type, message: 'Something is wrong.' };
    peer.upstream.respond({ headers: streamHeaders, body: [start, tell('error', { error })] });
    expect((await peer.read()).error?.reason).toBe(reason);
  });

  it.each([
    [
      400,
      'invalid_request_error',
      'Your credit balance is too low to access the Anthropic API.',
      'PROVIDER_CREDENTIALS',
    ],
    [
      400,
      'invalid_request_error',
      'You have reached your specified API usage limits. You will regain access on 2025-12-01 at 00:00 UTC.',
      'PROVIDER_RATE_LIMITED',
    ],
    [400, 'invalid_request_error', 'This organization has been disabled.', 'PROVIDER_CREDENTIALS'],
    [402, 'billing_error', 'Pay first.', 'PROVIDER_CREDENTIALS'],
    [400, 'invalid_request_error', 'Output blocked by content filtering policy', 'CONTENT_REFUSED'],
    [400, 'invalid_request_error', 'prompt is too long: 210000 tokens > 200000 maximum', 'CONTEXT_TOO_LONG'],
    [400, 'invalid_request_error', 'input length and `max_tokens` exceed context limit: 1 + 2 > 2', 'CONTEXT_TOO_LONG'],
    [413, 'request_too_large', 'Request exceeds the maximum size', 'PROVIDER_REFUSED'],
    [529, 'overloaded_error', 'Overloaded', 'PROVIDER_FAILED'],
  ])('HTTP %i with %s: %s is %s', async (status, type, message, reason) => {
    await using peer = await openProviderPeer(anthropic);
    peer.upstream.respond(jsonReply({ type: 'error', error: { type, message } }, { status }));
    expect((await peer.read()).error?.reason).toBe(reason);
  });

  it('is complete with its stop reason, and with its end mark', async () => {
    await using peer = await openProviderPeer(anthropic);
    const frames = anthropicWire.encodeStream(hello);
    peer.upstream.respond({ headers: streamHeaders, body: frames.slice(0, -1), ending: 'close' });
    expect(await peer.read()).toMatchObject({ answer: { choices: [{ finishReason: 'stop' }] }, error: undefined });
    const withoutReason = [...frames.slice(0, -2), ...frames.slice(-1)];
    peer.upstream.respond({ headers: streamHeaders, body: withoutReason });
    expect(await peer.read()).toMatchObject({ answer: { choices: [{ finishReason: 'stop' }] }, error: undefined });
  });
});
