import { create } from '@bufbuild/protobuf';
import { describe, expect, it } from 'vitest';
import {
  type ChatCompletionRequest,
  ChatCompletionRequestSchema,
} from '../../../gen/signalbox/chat/v1/chat_completion_request_pb.ts';
import { createGoogleAiStudio, googleAiStudio } from '../../../src/providers/google-ai-studio/index.ts';
import { exactArguments } from '../../contract/exact-arguments.ts';
import { encodeChunk, encodeEvent, geminiWire } from '../../contract/gemini-wire.ts';
import { createManualClock } from '../../contract/manual-clock.ts';
import { providerContract } from '../../contract/provider.contract.ts';
import { openProviderPeer, providerKey } from '../../contract/provider-peer.ts';
import type { ScriptedAnswer } from '../../contract/provider-wire.ts';
import { openImageHost } from '../../upstream/image-host.ts';

providerContract(googleAiStudio, geminiWire);

const hello: ScriptedAnswer = { choice: { content: ['Hello'], finishReason: 'stop' } };
const whole = { headers: { 'content-type': 'application/json' }, body: geminiWire.encodeWhole(hello) };
const text = encodeEvent(encodeChunk([{ text: 'Hello' }]));
const end = encodeEvent(encodeChunk([], 'STOP'));

function askAboutImages(...urls: readonly string[]): ChatCompletionRequest {
  const contentParts = urls.map((url) => ({
    type: 'image_url',
    part: { case: 'imageUrl', value: { $typeName: 'signalbox.chat.v1.ImageUrl', url } } as const,
  }));
  return create(ChatCompletionRequestSchema, { messages: [{ role: 'user', contentParts }] });
}

/** An answer that is one call, written by hand. */
function callOf(args: string): string {
  const part = `{"functionCall": {"args" : ${args} , "name": "f"}, "thoughtSignature": "c2ln"}`;
  return `{"responseId": "a", "candidates": [ {"content": {"parts": [{"text": "\\"args\\": {"}, ${part}]}, "finishReason": "STOP"} ]}`;
}

describe('google-ai-studio', () => {
  it('exists with a key in its usual places, and has a shorter name', () => {
    expect(googleAiStudio).toMatchObject({
      kind: 'google-ai-studio',
      aliases: ['google'],
      baseUrl: 'https://generativelanguage.googleapis.com/v1beta',
      apiKeyVariable: 'GEMINI_API_KEY',
      otherKeyVariables: ['GOOGLE_API_KEY'],
      builtIn: true,
    });
  });

  it.each([
    ['gemini-2.5-flash', true, '/v1/models/gemini-2.5-flash:streamGenerateContent?alt=sse'],
    ['gemini-2.5-flash', false, '/v1/models/gemini-2.5-flash:generateContent'],
    ['models/gemini-2.5-flash', false, '/v1/models/gemini-2.5-flash:generateContent'],
    ['tunedModels/my model', false, '/v1/tunedModels/my%20model:generateContent'],
    ['a:batch?b#c', false, '/v1/models/a%3Abatch%3Fb%23c:generateContent'],
  ])('asks %s (stream: %s) at %s, with the key in a header', async (model, stream, path) => {
    await using peer = await openProviderPeer(googleAiStudio);
    peer.upstream.respond(whole);
    await peer.read({ model, stream });
    const request = await peer.upstream.nextRequest();
    expect(request.path).toBe(path);
    expect(request.headers['x-goog-api-key']).toBe(providerKey);
    expect(request.headers).not.toHaveProperty('authorization');
  });

  it.each(['..', '../files', 'a/../../b', 'a//b', ''])('asks for no model named %j', async (model) => {
    await using peer = await openProviderPeer(googleAiStudio);
    expect((await peer.read({ model })).error).toMatchObject({
      reason: 'PROVIDER_REFUSED',
      details: { param: 'model' },
    });
    expect(peer.upstream.requests).toEqual([]);
  });

  describe('tells what an error means', () => {
    function classify(status: number, error: object, headers = {}) {
      const clock = createManualClock();
      return openProviderPeer(googleAiStudio, { clock }).then(async (peer) => {
        const classified = peer.provider.classifyError(status, headers, JSON.stringify({ error }));
        await peer[Symbol.asyncDispose]();
        return classified;
      });
    }
    const info = (reason: string) => [{ '@type': 'type.googleapis.com/google.rpc.ErrorInfo', reason }];
    const retry = (retryDelay: unknown) => [{ '@type': 'type.googleapis.com/google.rpc.RetryInfo', retryDelay }];

    it.each([
      ['a wrong key', 400, { message: 'No.', details: info('API_KEY_INVALID') }, 'PROVIDER_CREDENTIALS', 'next'],
      ['a wrong key in words', 400, { message: 'API key not valid. Pass one.' }, 'PROVIDER_CREDENTIALS', 'next'],
      [
        'a country that is not served',
        400,
        { message: 'User location is not supported.', status: 'FAILED_PRECONDITION' },
        'PROVIDER_FAILED',
        'same',
      ],
      [
        'too many tokens',
        400,
        { message: 'The input token count (1100) exceeds the maximum number of tokens allowed (1000).' },
        'CONTEXT_TOO_LONG',
        'next',
      ],
      [
        'too many tokens in Vertex AI’s words',
        400,
        { message: 'The input token count is 1100 but model only supports up to 1000.' },
        'CONTEXT_TOO_LONG',
        'next',
      ],
      ['a call that Google gave up', 499, { message: 'Cancelled.', status: 'CANCELLED' }, 'PROVIDER_FAILED', 'same'],
      ['a model that is not there', 404, { message: 'Not found.', status: 'NOT_FOUND' }, 'PROVIDER_REFUSED', 'never'],
      ['an overload', 503, { message: 'Overloaded.', status: 'UNAVAILABLE' }, 'PROVIDER_FAILED', 'same'],
    ])('%s', async (_name, status, error, reason, retryWith) => {
      expect(await classify(status, error)).toMatchObject({ reason, entry: { retry: retryWith } });
    });

    it.each([
      [retry('48s'), {}, 48_000],
      [retry('0.5s'), {}, 500],
      [retry('48s'), { 'retry-after': '3' }, 3000],
      [retry('999999999s'), {}, 86_400_000],
      [retry('soon'), {}, undefined],
      [retry(48), {}, undefined],
    ])('a rate limit with %j and %j asks to wait %s ms', async (details, headers, retryAfterMs) => {
      const error = await classify(429, { message: 'Slow down.', details }, headers);
      expect(error).toMatchObject({ reason: 'PROVIDER_RATE_LIMITED', details: { retryAfterMs } });
    });
  });

  describe('in a stream', () => {
    const headers = geminiWire.streamHeaders;

    it('sees an error that follows as bare JSON', async () => {
      await using peer = await openProviderPeer(googleAiStudio);
      const error = { code: 429, message: 'Resource exhausted.', status: 'RESOURCE_EXHAUSTED' };
      peer.upstream.respond({ headers, body: [text, Buffer.from(JSON.stringify({ error }, null, 2))] });
      const { answer, error: seen } = await peer.read();
      expect(answer.choices).toMatchObject([{ content: 'Hello', finishReason: undefined }]);
      expect(seen).toMatchObject({ reason: 'PROVIDER_RATE_LIMITED' });
    });

    it('gives no call whose arguments are cut', async () => {
      await using peer = await openProviderPeer(googleAiStudio);
      const partialArgs = [{ jsonPath: '$.path', stringValue: '/', willContinue: true }];
      const piece = encodeChunk([{ functionCall: { name: 'delete', partialArgs, willContinue: true } }]);
      peer.upstream.respond({ headers, body: [text, encodeEvent(piece)] });
      const { answer, error } = await peer.read();
      expect(answer.choices).toMatchObject([{ content: 'Hello', toolCalls: [], finishReason: undefined }]);
      expect(error?.reason).toBe('PROVIDER_CUT');
    });

    it('refuses content where the prompt was blocked', async () => {
      await using peer = await openProviderPeer(googleAiStudio);
      peer.upstream.respond({ headers, body: [encodeEvent({ promptFeedback: { blockReason: 'SAFETY' } })] });
      const { answer, error } = await peer.read();
      expect(answer.choices).toEqual([]);
      expect(error).toMatchObject({ reason: 'CONTENT_REFUSED', details: { code: 'content_filter' } });
    });

    const counts = { usageMetadata: { promptTokenCount: 1, candidatesTokenCount: 1, totalTokenCount: 2 } };
    const counted = (part: string) => encodeEvent({ ...encodeChunk([{ text: part }], 'STOP'), ...counts });

    it('has said all once every candidate has a finish reason and tokens are counted, whether or not the server hangs up', async () => {
      const clock = createManualClock();
      await using peer = await openProviderPeer(googleAiStudio, { clock });
      const held = new Promise(() => {});
      peer.upstream.respond({ headers, body: [text, encodeEvent({ ...encodeChunk([], 'STOP'), ...counts }), held] });
      const reading = peer.read();
      (await clock.nextTimer()).fire();
      expect(await reading).toMatchObject({ answer: { choices: [{ finishReason: 'stop' }] }, error: undefined });
      expect(await (await peer.upstream.nextRequest()).closed).toEqual({ replied: false });
    });

    it.each([
      ['STOP', [encodeEvent(encodeChunk([{ text: 'Hel' }], 'STOP'))]],
      [
        'STOP and the kind of traffic',
        [encodeEvent({ ...encodeChunk([{ text: 'Hel' }], 'STOP'), usageMetadata: { trafficType: 'ON_DEMAND' } })],
      ],
      ['STOP and counts in every chunk', [counted('He'), counted('l')]],
    ])('is cut where it breaks off after %s', async (_name, body) => {
      await using peer = await openProviderPeer(googleAiStudio);
      peer.upstream.respond({ headers, body, ending: 'reset' });
      const { answer, error } = await peer.read();
      expect(answer.choices).toMatchObject([{ content: 'Hel', finishReason: undefined }]);
      expect(error?.reason).toBe('PROVIDER_CUT');
    });

    it.each([
      ['in the chunk with the reason', [counted('Hello')]],
      ['after it', [encodeEvent(encodeChunk([{ text: 'Hello' }], 'STOP')), encodeEvent(counts)]],
    ])('is whole where it breaks off after its tokens were counted: %s', async (_name, body) => {
      await using peer = await openProviderPeer(googleAiStudio);
      peer.upstream.respond({ headers, body, ending: 'reset' });
      expect(await peer.read()).toMatchObject({
        answer: { choices: [{ content: 'Hello', finishReason: 'stop' }] },
        error: undefined,
      });
    });

    it('waits for text that comes after a finish reason', async () => {
      await using peer = await openProviderPeer(googleAiStudio);
      const early = encodeEvent(encodeChunk([{ text: 'Hel' }], 'STOP'));
      peer.upstream.respond({ headers, body: [early, encodeEvent(encodeChunk([{ text: 'lo' }], 'MAX_TOKENS'))] });
      expect((await peer.read()).answer.choices).toMatchObject([{ content: 'Hello', finishReason: 'length' }]);
    });

    it('reads one that comes as an array', async () => {
      await using peer = await openProviderPeer(googleAiStudio);
      const body = JSON.stringify([encodeChunk([{ text: 'Hel' }]), encodeChunk([{ text: 'lo' }], 'STOP')]);
      peer.upstream.respond({ headers: { 'content-type': 'application/json' }, body });
      expect((await peer.read()).answer.choices).toMatchObject([{ content: 'Hello', finishReason: 'stop' }]);
    });
  });

  it.each([
    ['in a stream', geminiWire.streamHeaders, [`data: ${callOf(exactArguments)}\r\n\r\n`, end]],
    ['whole', { 'content-type': 'application/json' }, callOf(exactArguments)],
    ['in an array', { 'content-type': 'application/json' }, `[${callOf('{}')}, ${callOf(exactArguments)}]`],
  ])('gives arguments as they came: %s', async (_name, headers, body) => {
    await using peer = await openProviderPeer(googleAiStudio);
    peer.upstream.respond({ headers, body });
    const { answer, error } = await peer.read();
    expect(error).toBeUndefined();
    expect(answer.choices[0]?.toolCalls.at(-1)?.arguments).toBe(exactArguments);
  });

  it.each([true, false])('gives calls without ids others in every answer (stream: %s)', async (stream) => {
    await using peer = await openProviderPeer(googleAiStudio);
    const answer = { candidates: [{ content: { parts: [{ functionCall: { name: 'f' } }] }, finishReason: 'STOP' }] };
    const ids: (string | undefined)[] = [];
    for (const generationId of ['a-1', 'b-2']) {
      peer.upstream.respond(
        stream
          ? { headers: geminiWire.streamHeaders, body: [encodeEvent(answer)] }
          : { ...whole, body: JSON.stringify(answer) },
      );
      ids.push((await peer.read({ generationId, stream })).answer.choices[0]?.toolCalls[0]?.id);
    }
    expect(ids).toEqual(['call_a1_0', 'call_b2_0']);
  });

  it('finds a part that is nested without end unusable', async () => {
    await using peer = await openProviderPeer(googleAiStudio);
    const deep = `${'{"a":'.repeat(100_000)}1${'}'.repeat(100_000)}`;
    const body = `{"candidates":[{"content":{"parts":[{"toolCall":${deep}}]}}]}`;
    peer.upstream.respond({ headers: geminiWire.streamHeaders, body: `data: ${body}\r\n\r\n` });
    expect((await peer.read()).error?.reason).toBe('PROVIDER_UNUSABLE');
  });

  describe('fetches images', () => {
    it('by https, each address once, and sends their bytes', async () => {
      await using images = await openImageHost((_request, response) => {
        response.writeHead(200, { 'content-type': 'image/png' }).end('PNG!');
      });
      const kind = createGoogleAiStudio(images.options);
      await using peer = await openProviderPeer(kind);
      peer.upstream.respond(whole);
      const url = `https://localhost:${images.port}/a.png`;
      await peer.read({ request: askAboutImages(url, 'data:image/gif;base64,R0lG', url), stream: false });
      const png = { inlineData: { mimeType: 'image/png', data: 'UE5HIQ==' } };
      expect((await peer.upstream.nextRequest()).json()).toMatchObject({
        contents: [{ parts: [png, { inlineData: { mimeType: 'image/gif', data: 'R0lG' } }, png] }],
      });
      expect(images.paths).toEqual(['/a.png']);
    });

    it.each([
      ['https://127.0.0.1/a.png', 'its host has no public address'],
      ['https://169.254.169.254/latest/meta-data/', 'its host has no public address'],
      ['http://example.com/a.png', 'only https and data URLs can be read'],
    ])('but not %s', async (url, problem) => {
      await using peer = await openProviderPeer(googleAiStudio);
      const { error } = await peer.read({ request: askAboutImages('data:image/gif;base64,R0lG', url) });
      expect(error).toMatchObject({
        reason: 'PROVIDER_REFUSED',
        httpStatus: 400,
        message: `The image in messages[0].content[1].image_url.url could not be fetched: ${problem}.`,
        details: { param: 'messages[0].content[1].image_url.url', code: 'invalid_image_url' },
      });
      expect(peer.upstream.requests).toEqual([]);
    });

    it('no longer than the attempt lasts', async () => {
      const asked = Promise.withResolvers<void>();
      await using images = await openImageHost(() => asked.resolve());
      await using peer = await openProviderPeer(createGoogleAiStudio(images.options));
      const controller = new AbortController();
      const request = askAboutImages(`https://localhost:${images.port}/a.png`);
      const reading = peer.read({ request, signal: controller.signal });
      await asked.promise;
      controller.abort('CALL_CANCELLED');
      expect((await reading).error?.reason).toBe('PROVIDER_CUT');
      expect(peer.upstream.requests).toEqual([]);
    });
  });
});
