import { create } from '@bufbuild/protobuf';
import { describe, expect, it } from 'vitest';
import { ChatCompletionRequestSchema } from '../../../gen/signalbox/chat/v1/chat_completion_request_pb.ts';
import { systemClock } from '../../../src/core/clock.ts';
import { bedrock, createBedrock } from '../../../src/providers/bedrock/index.ts';
import { createSigner } from '../../../src/providers/bedrock/sign-request.ts';
import { createProviders } from '../../../src/providers/create-providers.ts';
import type { ProviderSettings } from '../../../src/providers/provider.ts';
import { UpstreamClient } from '../../../src/upstream/upstream-client.ts';
import { bedrockWire, encodeEvent, encodeException, encodeMessage } from '../../contract/bedrock-wire.ts';
import { exactArguments } from '../../contract/exact-arguments.ts';
import { providerContract } from '../../contract/provider.contract.ts';
import { openProviderPeer } from '../../contract/provider-peer.ts';
import { upstreamOptions } from '../../upstream/upstream-options.ts';

providerContract(bedrock, bedrockWire);

const json = { 'content-type': 'application/json' };
const accessKey = { access_key_id: 'AKIDEXAMPLE', secret_access_key: 'a-secret-of-40-characters-is-what-it-has' };
const hello = { choice: { content: ['Hello'], finishReason: 'stop' } } as const;

describe('credentials of Bedrock', () => {
  it('are a key that is sent as it is', async () => {
    await using peer = await openProviderPeer(bedrock, { settings: { apiKey: 'bedrock-api-key' } });
    peer.upstream.respond({ headers: json, body: bedrockWire.encodeWhole(hello) });
    await peer.read({ stream: false });
    expect((await peer.upstream.nextRequest()).headers.authorization).toBe('Bearer bedrock-api-key');
  });

  it.each([true, false])('are an access key that signs what is sent (stream: %s)', async (stream) => {
    const nowMs = 1_700_000_000_000;
    const settings = {
      apiKey: undefined,
      options: { ...accessKey, session_token: 'a-session-token', region: 'us-west-2' },
      headers: { 'x-title': 'tests' },
    };
    const clock = { ...systemClock, nowMs: () => nowMs };
    await using peer = await openProviderPeer(bedrock, { settings, clock });
    peer.upstream.respond({
      headers: stream ? bedrockWire.streamHeaders : json,
      body: stream ? bedrockWire.encodeStream(hello) : bedrockWire.encodeWhole(hello),
    });
    const model = 'arn:aws:bedrock:us-west-2:123456789012:inference-profile/us.anthropic.claude-sonnet-4-20250514-v1:0';
    expect((await peer.read({ model, stream })).error).toBeUndefined();
    const { path, headers, body } = await peer.upstream.nextRequest();
    expect(path).toBe(`/v1/model/${encodeURIComponent(model)}/${stream ? 'converse-stream' : 'converse'}`);
    const sign = createSigner(
      {
        accessKeyId: accessKey.access_key_id,
        secretAccessKey: accessKey.secret_access_key,
        sessionToken: 'a-session-token',
      },
      'us-west-2',
    );
    const accept = stream ? 'application/vnd.amazon.eventstream' : 'application/json';
    const unsigned = { ...json, accept, 'x-title': 'tests' };
    const expected = await sign({ url: `${peer.upstream.origin}${path}`, headers: unsigned, body }, nowMs);
    expect(headers).toMatchObject(expected);
    expect(expected).toHaveProperty('x-amz-security-token');
  });

  it('are never in a message', async () => {
    const settings = { apiKey: undefined, options: { ...accessKey, region: 'us-west-2' } };
    await using peer = await openProviderPeer(bedrock, { settings });
    const message = `Bad: ${accessKey.secret_access_key} of arn:aws:iam::123456789012:user/me and ${accessKey.access_key_id}.`;
    peer.upstream.respond({ status: 400, headers: json, body: JSON.stringify({ message }) });
    const { error } = await peer.read();
    expect(error?.message).toBe('Bad: [masked] of arn:aws:iam::[masked]:user/me and [masked].');
  });

  const upstream = new UpstreamClient(upstreamOptions);
  it.each<readonly [Partial<ProviderSettings>, string | undefined]>([
    [{}, 'AWS_ACCESS_KEY_ID'],
    [{ options: { access_key_id: 'AKIDEXAMPLE', region: 'us-east-1' } }, 'AWS_SECRET_ACCESS_KEY'],
    [{ options: accessKey }, 'AWS_REGION'],
    [{ options: { ...accessKey, region: 'us-east-1/../x' } }, 'AWS_REGION'],
    [{ apiKey: 'k' }, 'AWS_REGION'],
    [{ apiKey: 'k', options: { region: 'us-east-1' } }, undefined],
    [{ options: { ...accessKey, region: 'us-east-1' } }, undefined],
  ])('%j lack %s', (settings, missing) => {
    const providers = createProviders(
      [
        {
          id: 'aws',
          kind: 'bedrock',
          enabled: true,
          apiKey: undefined,
          baseUrl: undefined,
          headers: {},
          unsetVariables: [],
          maxReplyBytes: 1000,
          maxEventBytes: 1000,
          finishTimeoutMs: 1000,
          ...settings,
        },
      ],
      [bedrock],
      { upstream, clock: systemClock },
    );
    const entry = providers.get('aws');
    if (missing === undefined) expect(entry).toMatchObject({ live: true });
    else expect(entry).toMatchObject({ live: false, remedy: expect.stringContaining(missing) });
  });
});

describe('arguments', () => {
  it('of a whole reply are given as they came', async () => {
    await using peer = await openProviderPeer(bedrock);
    const calls = ['{}', exactArguments].map((input, index) => {
      return `null, {"toolUse": {"toolUseId": "call_${index}", "input" : ${input} , "name": "f"}}`;
    });
    const content = `[ {"text": "\\"input\\": {"}, ${calls.join(', ')}]`;
    const body = `{"output": {"message": {"content": ${content}, "role": "assistant"}}, "stopReason": "tool_use"}`;
    peer.upstream.respond({ headers: json, body });
    const { answer, error } = await peer.read({ stream: false });
    expect(error).toBeUndefined();
    expect(answer.choices[0]?.toolCalls.map((call) => call.arguments)).toEqual(['{}', exactArguments]);
  });

  it('in a stream are given as they came', async () => {
    await using peer = await openProviderPeer(bedrock);
    const toolCalls = [{ id: 'a', name: 'f', arguments: [exactArguments.slice(0, 9), exactArguments.slice(9)] }];
    const body = bedrockWire.encodeStream({ choice: { toolCalls, finishReason: 'tool_calls' } });
    peer.upstream.respond({ headers: bedrockWire.streamHeaders, body });
    expect((await peer.read()).answer.choices[0]?.toolCalls[0]?.arguments).toBe(exactArguments);
  });
});

describe('an error of Bedrock', () => {
  it.each([
    ['ValidationException', 400, 'The provided model identifier is invalid.', 'PROVIDER_REFUSED'],
    ['ValidationException', 400, 'Input is too long for requested model.', 'CONTEXT_TOO_LONG'],
    [
      'ValidationException',
      400,
      'The model returned the following errors: Input Tokens Exceeded: Number of input tokens exceeds maximum length.',
      'CONTEXT_TOO_LONG',
    ],
    ['ValidationException', 400, 'Output blocked by content filtering policy', 'CONTENT_REFUSED'],
    ['ResourceNotFoundException', 404, 'Could not resolve the foundation model.', 'PROVIDER_REFUSED'],
    [
      'ResourceNotFoundException',
      404,
      'Model use case details have not been submitted for this account.',
      'PROVIDER_CREDENTIALS',
    ],
    ['ThrottlingException', 429, 'Too many tokens, please wait before trying again.', 'PROVIDER_RATE_LIMITED'],
    ['ServiceQuotaExceededException', 400, 'Your account has reached its quota.', 'PROVIDER_RATE_LIMITED'],
    ['ModelNotReadyException', 429, 'Model is not ready for inference.', 'PROVIDER_FAILED'],
    ['ModelTimeoutException', 408, 'Model has timed out.', 'PROVIDER_TIMEOUT'],
    ['ModelErrorException', 424, 'The model failed.', 'PROVIDER_FAILED'],
    ['InternalServerException', 500, 'Internal server error', 'PROVIDER_FAILED'],
    ['ValidationException', 400, 'Operation not allowed', 'PROVIDER_CREDENTIALS'],
    [
      'ValidationException',
      400,
      'Invocation of model ID a.b with on-demand throughput isn’t supported. Retry with an inference profile.',
      'PROVIDER_FAILED',
    ],
    [
      'ResourceNotFoundException',
      404,
      'This Model is marked by provider as Legacy and you have not been actively using the model.',
      'PROVIDER_FAILED',
    ],
    ['ServiceUnavailableException', 503, 'Bedrock is unable to process your request.', 'PROVIDER_FAILED'],
    ['AccessDeniedException', 403, 'You do not have access.', 'PROVIDER_CREDENTIALS'],
    [
      'UnrecognizedClientException',
      403,
      'The security token included in the request is invalid.',
      'PROVIDER_CREDENTIALS',
    ],
    ['ExpiredTokenException', 403, 'The security token included in the request is expired', 'PROVIDER_CREDENTIALS'],
    ['IncompleteSignature', 400, 'The request signature does not conform to AWS standards.', 'PROVIDER_CREDENTIALS'],
  ])('%s with HTTP %i (%s) is %s, before a stream and inside one', async (type, status, message, reason) => {
    await using peer = await openProviderPeer(bedrock);
    const header = { 'x-amzn-errortype': `${type}:http://internal.amazon.com/coral/com.amazon.bedrock/` };
    peer.upstream.respond({ status, headers: { ...json, ...header }, body: JSON.stringify({ message }) });
    const before = await peer.read();
    expect(before.error?.reason).toBe(reason);
    peer.upstream.respond({
      status,
      headers: json,
      body: JSON.stringify({ __type: `com.amazon#${type}`, Message: message }),
    });
    expect((await peer.read()).error?.reason).toBe(reason);

    const exception = encodeException(`${type.charAt(0).toLowerCase()}${type.slice(1)}`, { message });
    peer.upstream.respond({ headers: bedrockWire.streamHeaders, body: [exception] });
    const inside = await peer.read();
    expect(inside.error?.reason).toBe(reason);
    if (reason !== 'PROVIDER_CREDENTIALS') expect(inside.error?.message).toContain(message);
  });

  it('that has no model in the API is a failure, with its words', async () => {
    await using peer = await openProviderPeer(bedrock);
    const headers = { ':message-type': 'error', ':error-code': 'InternalFailure', ':error-message': 'It broke.' };
    peer.upstream.respond({ headers: bedrockWire.streamHeaders, body: [encodeMessage(headers, '')] });
    expect((await peer.read()).error).toMatchObject({
      reason: 'PROVIDER_FAILED',
      message: expect.stringContaining('It broke.'),
    });
  });
});

describe('a request to Bedrock', () => {
  it.each([
    ['https://example.com/a.png', 'REQUEST_UNSUPPORTED'],
    ['https://169.254.169.254/latest/meta-data/', 'PROVIDER_REFUSED'],
  ])('is not sent when the image %s cannot be had', async (url, reason) => {
    const kind = createBedrock({ resolve: () => Promise.reject(new Error('there is no network')) });
    await using peer = await openProviderPeer(kind);
    const part = { case: 'imageUrl', value: { url } } as const;
    const request = create(ChatCompletionRequestSchema, { messages: [{ role: 'user', contentParts: [{ part }] }] });
    expect((await peer.read({ request })).error).toMatchObject({
      reason,
      details: { param: 'messages[0].content[0].image_url.url', code: 'invalid_image_url' },
    });
    expect(peer.upstream.requests).toEqual([]);
  });

  it.each(['..', '.', ''])('is not sent for a model named %j', async (model) => {
    await using peer = await openProviderPeer(bedrock);
    expect((await peer.read({ model })).error).toMatchObject({
      reason: 'PROVIDER_REFUSED',
      details: { param: 'model' },
    });
    expect(peer.upstream.requests).toEqual([]);
  });
});

describe('a stream of Bedrock', () => {
  it('is whole once it has a stop reason, though the provider says no more and does not hang up', async () => {
    const waiting = Promise.withResolvers<() => void>();
    const clock = {
      ...systemClock,
      after: (delayMs: number, callback: () => void) => {
        if (delayMs === 1234) waiting.resolve(callback);
        return () => {};
      },
    };
    await using peer = await openProviderPeer(bedrock, { settings: { finishTimeoutMs: 1234 }, clock });
    const held = new Promise(() => {});
    const frames = bedrockWire.encodeStream(hello).slice(0, -1);
    peer.upstream.respond({ headers: bedrockWire.streamHeaders, body: [...frames, held] });
    const events = (await peer.start()).events[Symbol.asyncIterator]();
    let kind: string | undefined;
    while (kind !== 'finish') kind = (await events.next()).value?.kind;
    const last = events.next();
    (await waiting.promise)();
    expect((await last).done).toBe(true);
    await (await peer.upstream.nextRequest()).closed;
  });

  it('passes over events and blocks that are not known', async () => {
    await using peer = await openProviderPeer(bedrock);
    const [start = Buffer.of(), ...rest] = bedrockWire.encodeStream(hello);
    const unknown = [
      encodeEvent('somethingNew', { a: 1 }),
      encodeEvent('contentBlockStart', { contentBlockIndex: 7, start: { somethingNew: {} } }),
      encodeEvent('contentBlockDelta', { contentBlockIndex: 7, delta: { text: 'not for clients' } }),
      encodeEvent('contentBlockStop', { contentBlockIndex: 7 }),
      encodeEvent('contentBlockDelta', { contentBlockIndex: 8, delta: { somethingNew: 1 } }),
    ];
    peer.upstream.respond({ headers: bedrockWire.streamHeaders, body: [start, ...unknown, ...rest] });
    const { answer, error } = await peer.read();
    expect(error).toBeUndefined();
    expect(answer.choices[0]).toMatchObject({ content: 'Hello', finishReason: 'stop' });
  });
});
