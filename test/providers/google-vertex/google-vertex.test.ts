import { create } from '@bufbuild/protobuf';
import { describe, expect, it } from 'vitest';
import { ChatCompletionRequestSchema } from '../../../gen/signalbox/chat/v1/chat_completion_request_pb.ts';
import { decodeRequest } from '../../../src/dialects/openai-chat/decode-request.ts';
import { createGoogleVertex, googleVertex } from '../../../src/providers/google-vertex/index.ts';
import type { ProviderSettings } from '../../../src/providers/provider.ts';
import { anthropicWire } from '../../contract/anthropic-wire.ts';
import { geminiWire } from '../../contract/gemini-wire.ts';
import { createManualClock } from '../../contract/manual-clock.ts';
import { providerContract } from '../../contract/provider.contract.ts';
import { openProviderPeer, providerKey } from '../../contract/provider-peer.ts';
import { openImageHost } from '../../upstream/image-host.ts';
import { withPublisher } from './with-publisher.ts';

const missingPageReason = 'PROVIDER_FAILED';

describe('Gemini on Vertex AI', () =>
  providerContract(withPublisher(googleVertex, 'google'), { ...geminiWire, missingPageReason }));
describe('Claude on Vertex AI', () =>
  providerContract(withPublisher(googleVertex, 'anthropic'), { ...anthropicWire, missingPageReason }));

const hello = { choice: { content: ['Hello'], finishReason: 'stop' } } as const;
const json = { 'content-type': 'application/json' };
const placed = { options: { project: 'my-project', location: 'europe-west4' } };
const before = '/v1/projects/my-project/locations/europe-west4';

/** Asks a model that answers whole, and gives what it was asked. */
async function ask(model: string, settings: Partial<ProviderSettings> = placed, stream = false) {
  await using peer = await openProviderPeer(googleVertex, { settings });
  const wire = /claude|anthropic/.test(model) ? anthropicWire : geminiWire;
  peer.upstream.respond({ headers: json, body: wire.encodeWhole(hello) });
  const { error } = await peer.read({ model, stream });
  expect(error).toBeUndefined();
  return peer.upstream.nextRequest();
}

describe('google-vertex', () => {
  it('exists with credentials in their usual places, and has a shorter name', () => {
    expect(googleVertex).toMatchObject({
      kind: 'google-vertex',
      aliases: ['vertex'],
      baseUrl: 'https://aiplatform.googleapis.com/v1',
      apiKeyVariable: 'GOOGLE_VERTEX_API_KEY',
      builtIn: true,
    });
    expect(googleVertex.options?.map(({ name, variable }) => [name, variable])).toEqual([
      ['project', 'GOOGLE_CLOUD_PROJECT'],
      ['location', 'GOOGLE_CLOUD_LOCATION'],
      ['credentials_file', 'GOOGLE_APPLICATION_CREDENTIALS'],
      ['access_token', 'CLOUDSDK_AUTH_ACCESS_TOKEN'],
    ]);
  });

  it.each([
    ['gemini-2.5-flash', false, '/publishers/google/models/gemini-2.5-flash:generateContent'],
    ['gemini-2.5-flash', true, '/publishers/google/models/gemini-2.5-flash:streamGenerateContent?alt=sse'],
    ['gemma-3-27b', false, '/publishers/google/models/gemma-3-27b:generateContent'],
    ['google/some-model', false, '/publishers/google/models/some-model:generateContent'],
    ['publishers/google/models/some-model', false, '/publishers/google/models/some-model:generateContent'],
    ['endpoints/1234', true, '/endpoints/1234:streamGenerateContent?alt=sse'],
    ['gemini-a:b?c#d', false, '/publishers/google/models/gemini-a%3Ab%3Fc%23d:generateContent'],
    ['claude-sonnet-4-5@20250929', false, '/publishers/anthropic/models/claude-sonnet-4-5@20250929:rawPredict'],
    ['claude-sonnet-4-5@20250929', true, '/publishers/anthropic/models/claude-sonnet-4-5@20250929:streamRawPredict'],
    ['anthropic/some-model', false, '/publishers/anthropic/models/some-model:rawPredict'],
    ['publishers/anthropic/models/some-model', true, '/publishers/anthropic/models/some-model:streamRawPredict'],
  ])('asks %s (stream: %s) at %s', async (model, stream, path) => {
    expect((await ask(model, placed, stream)).path).toBe(before + path);
  });

  it.each([
    'mistral-large',
    'meta/llama-4',
    'some/gemini-2.5',
    'endpoints/../x',
    'google/..',
    'google//a',
    'google/',
    '',
  ])('asks for no model named %j', async (model) => {
    await using peer = await openProviderPeer(googleVertex, { settings: placed });
    expect((await peer.read({ model })).error).toMatchObject({
      reason: 'PROVIDER_REFUSED',
      details: { param: 'model', code: 'model_not_found' },
    });
    expect(peer.upstream.requests).toEqual([]);
  });

  it('asks without a project in express mode', async () => {
    const request = await ask('gemini-2.5-flash', {});
    expect(request.path).toBe('/v1/publishers/google/models/gemini-2.5-flash:generateContent');
    expect(request.headers).toMatchObject({ 'x-goog-api-key': providerKey });
    expect(request.headers).not.toHaveProperty('authorization');
  });

  it('asks in the location global where none is named', async () => {
    const request = await ask('gemini-2.5-flash', { options: { project: 'example.com:p' } });
    expect(request.path).toBe(
      '/v1/projects/example.com%3Ap/locations/global/publishers/google/models/gemini-2.5-flash:generateContent',
    );
  });

  it.each([
    ['an access token', { options: { project: 'p', access_token: 'ya29.token' } }, 'Bearer ya29.token'],
    ['a header', { options: { project: 'p' }, headers: { authorization: 'Bearer own' } }, 'Bearer own'],
  ])('sends %s', async (_name, settings, authorization) => {
    for (const model of ['gemini-2.5-flash', 'claude-opus-4-1']) {
      const { headers } = await ask(model, { apiKey: undefined, ...settings });
      expect(headers).toMatchObject({ authorization });
      expect(headers).not.toHaveProperty('x-goog-api-key');
    }
  });

  it('repeats no access token', async () => {
    const access_token = 'ya29-the-token-of-the-operator';
    const settings = { apiKey: undefined, options: { project: 'p', access_token } };
    await using peer = await openProviderPeer(googleVertex, { settings });
    for (const [model, wire] of [['gemini-3-pro', geminiWire] as const, ['claude-opus-4-1', anthropicWire] as const]) {
      const body = wire.encodeError({ message: `The token ${access_token} is odd.` });
      peer.upstream.respond({ status: 500, headers: json, body });
      expect((await peer.read({ model })).error?.message).toContain('The token [masked] is odd.');
    }
  });
});

describe('Gemini on Vertex AI', () => {
  it.each([
    ['auto', { functionCallingConfig: { mode: 'AUTO' } }],
    [undefined, undefined],
  ])('searches beside tools (choice: %s) without the switch that only AI Studio has', async (choice, toolConfig) => {
    await using peer = await openProviderPeer(googleVertex, { settings: placed });
    peer.upstream.respond({ headers: json, body: geminiWire.encodeWhole(hello) });
    const request = decodeRequest({
      model: 'vertex/gemini-3-pro',
      messages: [{ role: 'user', content: 'Hello' }],
      tools: [{ type: 'function', function: { name: 'look' } }],
      ...(choice && { tool_choice: choice }),
      web_search_options: {},
    });
    await peer.read({ model: 'gemini-3-pro', request, stream: false });
    const sent = (await peer.upstream.nextRequest()).body;
    expect(JSON.parse(sent)).toMatchObject({
      tools: [{ functionDeclarations: [{ name: 'look' }] }, { googleSearch: {} }],
    });
    expect(JSON.parse(sent).toolConfig).toEqual(toolConfig);
    expect(sent).not.toContain('includeServerSide');
  });
});

describe('Claude on Vertex AI', () => {
  it('has its version in the body and its model in the URL alone', async () => {
    const request = await ask('claude-sonnet-4-5@20250929', placed, true);
    expect(request.json()).toEqual({
      anthropic_version: 'vertex-2023-10-16',
      max_tokens: 32_000,
      messages: [{ role: 'user', content: [{ type: 'text', text: 'Hello' }] }],
      stream: true,
    });
    expect(request.headers).not.toHaveProperty('anthropic-version');
    expect(request.headers).not.toHaveProperty('x-api-key');
  });

  it('knows what a model can do by its name, whatever stands before it', async () => {
    const bodies = await Promise.all(
      ['claude-3-haiku@20240307', 'anthropic/claude-3-haiku@20240307'].map(async (model) => (await ask(model)).json()),
    );
    expect(bodies).toMatchObject([{ max_tokens: 4096 }, { max_tokens: 4096 }]);
  });

  it('is asked for no tier of service, and the client is told', async () => {
    await using peer = await openProviderPeer(googleVertex, { settings: placed });
    peer.upstream.respond({ headers: json, body: anthropicWire.encodeWhole(hello) });
    const request = decodeRequest({
      model: 'vertex/claude-opus-4-1',
      messages: [{ role: 'user', content: 'Hello' }],
      service_tier: 'default',
    });
    const reply = await peer.start({ model: 'claude-opus-4-1', request, stream: false });
    expect(reply.warnings).toEqual([expect.stringContaining('service_tier')]);
    expect((await peer.upstream.nextRequest()).json()).not.toHaveProperty('service_tier');
    expect(request.serviceTier).toBe('default');
  });

  it('is given the bytes of images, each address fetched once', async () => {
    await using images = await openImageHost((_request, response) => {
      response.writeHead(200, { 'content-type': 'image/png' }).end('PNG!');
    });
    const kind = createGoogleVertex({ imageOptions: images.options });
    await using peer = await openProviderPeer(kind, { settings: placed });
    peer.upstream.respond({ headers: json, body: anthropicWire.encodeWhole(hello) });
    const url = `https://localhost:${images.port}/a.png`;
    const request = askAboutImages(url, 'data:image/gif;base64,R0lG', url);
    await peer.read({ model: 'claude-opus-4-1', request, stream: false });
    const png = { type: 'image', source: { type: 'base64', media_type: 'image/png', data: 'UE5HIQ==' } };
    const gif = { type: 'image', source: { type: 'base64', media_type: 'image/gif', data: 'R0lG' } };
    expect((await peer.upstream.nextRequest()).json()).toMatchObject({ messages: [{ content: [png, gif, png] }] });
    expect(images.paths).toEqual(['/a.png']);
    expect(request.messages[0]?.contentParts[0]?.part.value).toMatchObject({ url });
  });

  it('is not asked about an image inside the operator’s network', async () => {
    await using peer = await openProviderPeer(googleVertex, { settings: placed });
    const request = askAboutImages('https://169.254.169.254/latest/meta-data/');
    expect((await peer.read({ model: 'claude-opus-4-1', request })).error).toMatchObject({
      reason: 'PROVIDER_REFUSED',
      message:
        'The image in messages[0].content[0].image_url.url could not be fetched: its host has no public address.',
      details: { param: 'messages[0].content[0].image_url.url', code: 'invalid_image_url' },
    });
    expect(peer.upstream.requests).toEqual([]);
  });
});

describe('a file for Claude on Vertex AI', () => {
  it.each([{ file_id: 'file_1' }, { file_data: 'https://example.com/a.pdf' }])('cannot be %j', async (file) => {
    await using peer = await openProviderPeer(googleVertex, { settings: placed });
    const content = [
      { type: 'text', text: 'What is this?' },
      { type: 'file', file },
    ];
    const request = decodeRequest({ model: 'a/b', messages: [{ role: 'user', content }] });
    expect((await peer.read({ model: 'claude-opus-4-1', request })).error).toMatchObject({
      reason: 'REQUEST_UNSUPPORTED',
      message: expect.stringContaining('messages[0].content[1].file'),
      details: { param: 'messages[0].content[1].file' },
      entry: { retry: 'next' },
    });
    expect(peer.upstream.requests).toEqual([]);
  });

  it('can come with its bytes', async () => {
    await using peer = await openProviderPeer(googleVertex, { settings: placed });
    peer.upstream.respond({ headers: json, body: anthropicWire.encodeWhole(hello) });
    const file = { file_id: 'file_1', file_data: 'data:application/pdf;base64,JVBERi0=', filename: 'a.pdf' };
    const request = decodeRequest({ model: 'a/b', messages: [{ role: 'user', content: [{ type: 'file', file }] }] });
    expect((await peer.read({ model: 'claude-opus-4-1', request, stream: false })).error).toBeUndefined();
    expect((await peer.upstream.nextRequest()).json()).toMatchObject({
      messages: [{ content: [{ type: 'document', source: { type: 'base64', data: 'JVBERi0=' } }] }],
    });
  });
});

function askAboutImages(...urls: readonly string[]) {
  const contentParts = urls.map((url) => ({
    type: 'image_url',
    part: { case: 'imageUrl', value: { $typeName: 'signalbox.chat.v1.ImageUrl', url } } as const,
  }));
  return create(ChatCompletionRequestSchema, { messages: [{ role: 'user', contentParts }] });
}

describe('an error of Vertex AI', () => {
  const info = (reason: string) => [{ '@type': 'type.googleapis.com/google.rpc.ErrorInfo', reason }];
  const retry = [{ '@type': 'type.googleapis.com/google.rpc.RetryInfo', retryDelay: '48s' }];
  const page = '<!DOCTYPE html><html lang=en><title>Error 404 (Not Found)!!1</title></html>';
  const google = (error: object) => JSON.stringify({ error });

  describe.each(['gemini-2.5-flash', 'claude-opus-4-1'])('from %s', (model) => {
    it.each([
      [
        'the API is not switched on',
        403,
        google({ code: 403, message: 'Off.', status: 'PERMISSION_DENIED', details: info('SERVICE_DISABLED') }),
        { reason: 'PROVIDER_CREDENTIALS', entry: { retry: 'next' } },
      ],
      [
        'the account has no right',
        403,
        google({ code: 403, message: 'Denied.', status: 'PERMISSION_DENIED' }),
        { reason: 'PROVIDER_CREDENTIALS', entry: { retry: 'next' } },
      ],
      [
        'the token is not valid',
        401,
        google({ code: 401, message: 'No.', status: 'UNAUTHENTICATED', details: info('ACCESS_TOKEN_EXPIRED') }),
        { reason: 'PROVIDER_CREDENTIALS', entry: { retry: 'next' } },
      ],
      [
        'the model is not in the location',
        404,
        google({ code: 404, message: 'Publisher Model was not found.', status: 'NOT_FOUND' }),
        { reason: 'PROVIDER_REFUSED', message: 'Publisher Model was not found.', httpStatus: 404 },
      ],
      [
        'there is no such location',
        404,
        page,
        {
          reason: 'PROVIDER_FAILED',
          message: expect.stringMatching(/HTTP 404.* location .* model is wrong/),
          entry: { retry: 'same' },
        },
      ],
      [
        'the quota is used up',
        429,
        google({ code: 429, message: 'Resource exhausted.', status: 'RESOURCE_EXHAUSTED', details: retry }),
        { reason: 'PROVIDER_RATE_LIMITED', details: { retryAfterMs: 48_000 }, entry: { retry: 'same' } },
      ],
      [
        'the error is in a list',
        429,
        `[${google({ code: 429, message: 'Resource exhausted.', status: 'RESOURCE_EXHAUSTED' })}]`,
        { reason: 'PROVIDER_RATE_LIMITED', message: expect.stringContaining('Resource exhausted.') },
      ],
    ])('%s', async (_name, status, body, expected) => {
      await using peer = await openProviderPeer(googleVertex, { settings: placed, clock: createManualClock() });
      peer.upstream.respond({ status, headers: json, body });
      expect((await peer.read({ model })).error).toMatchObject(expected);
      expect(peer.provider.classifyError(status, {}, body)).toMatchObject(expected);
    });
  });

  it('may be one of Anthropic’s', async () => {
    await using peer = await openProviderPeer(googleVertex, { settings: placed });
    const error = { type: 'overloaded_error', message: 'Overloaded.' };
    peer.upstream.respond({ status: 529, headers: json, body: JSON.stringify({ type: 'error', error }) });
    expect((await peer.read({ model: 'claude-opus-4-1' })).error).toMatchObject({
      reason: 'PROVIDER_FAILED',
      message: expect.stringContaining('Overloaded.'),
    });
  });
});
