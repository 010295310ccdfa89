import { create } from '@bufbuild/protobuf';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { ChatCompletionRequestSchema } from '../../../gen/signalbox/chat/v1/chat_completion_request_pb.ts';
import type { ErrorReason } from '../../../src/core/error-registry.ts';
import type { JsonObject } from '../../../src/core/json.ts';
import { cohere } from '../../../src/providers/cohere/index.ts';
import { cohereWire, tell } from '../../contract/cohere-wire.ts';
import { createManualClock } from '../../contract/manual-clock.ts';
import { encodeEvent } from '../../contract/openai-chat-wire.ts';
import { providerContract } from '../../contract/provider.contract.ts';
import { openProviderPeer, providerKey } from '../../contract/provider-peer.ts';
import { plainAnswerOf, type ScriptedAnswer } from '../../contract/provider-wire.ts';
import { describeRecordedTraffic } from '../../support/recorded-traffic.ts';

providerContract(cohere, cohereWire);

const json = { 'content-type': 'application/json' };
const headers = cohereWire.streamHeaders;
const answer: ScriptedAnswer = {
  choice: { content: ['Hello'], finishReason: 'length' },
  usage: { prompt: 3, completion: 2, total: 5, cached: 0, reasoning: 0 },
};
const frames = cohereWire.encodeStream(answer);
const held = new Promise(() => {});

describe('cohere', () => {
  it('sends its key, and to the path of chats', async () => {
    await using peer = await openProviderPeer(cohere);
    peer.upstream.respond({ headers, body: frames });
    await peer.read();
    const request = await peer.upstream.nextRequest();
    expect(request.path).toBe('/v1/chat');
    expect(request.headers).toMatchObject({
      authorization: `Bearer ${providerKey}`,
      'content-type': 'application/json',
      accept: 'text/event-stream',
    });
    expect(request.json()).toEqual({
      model: 'some/model',
      messages: [{ role: 'user', content: 'Hello' }],
      stream: true,
    });
  });

  it('reads what came, not what it asked for', async () => {
    await using peer = await openProviderPeer(cohere);
    peer.upstream.respond(
      { headers: { 'content-type': 'Application/JSON; charset=UTF-8' }, body: cohereWire.encodeWhole(answer) },
      { headers: { 'content-type': 'Text/Event-Stream; charset=UTF-8' }, body: frames },
    );
    expect(await peer.read({ stream: true })).toEqual({ answer: plainAnswerOf(answer), error: undefined });
    expect(await peer.read({ stream: false })).toEqual({ answer: plainAnswerOf(answer), error: undefined });
  });

  it('gives tools whose names Cohere does not take back under their names', async () => {
    await using peer = await openProviderPeer(cohere);
    const called: ScriptedAnswer = {
      choice: { toolCalls: [{ id: 'a', name: 'get_time', arguments: ['{"zone":"UTC"}'] }], finishReason: 'tool_calls' },
    };
    const request = create(ChatCompletionRequestSchema, {
      messages: [{ role: 'user', content: 'Hello' }],
      tools: [{ type: 'function', function: { name: 'get-time' } }],
    });
    for (const stream of [true, false]) {
      const body = stream ? cohereWire.encodeStream(called) : cohereWire.encodeWhole(called);
      peer.upstream.respond({ headers: stream ? headers : json, body });
      const { answer: read } = await peer.read({ request, stream });
      expect(read.choices[0]?.toolCalls).toEqual([{ id: 'a', name: 'get-time', arguments: '{"zone":"UTC"}' }]);
      expect((await peer.upstream.nextRequest()).json()).toMatchObject({ tools: [{ function: { name: 'get_time' } }] });
    }
  });

  it('tells what was left out', async () => {
    await using peer = await openProviderPeer(cohere);
    peer.upstream.respond({ headers, body: frames });
    const request = create(ChatCompletionRequestSchema, { messages: [{ role: 'user', content: 'Hello' }], n: 2 });
    const { events, warnings } = await peer.start({ request });
    expect(warnings).toEqual(['The provider gives one choice for each call: n was left out.']);
    await events[Symbol.asyncIterator]().return?.();
  });

  it('sends nothing of a request that it refuses', async () => {
    await using peer = await openProviderPeer(cohere);
    const request = create(ChatCompletionRequestSchema, {
      messages: [{ role: 'user', content: 'Hello' }],
      tools: [{ type: 'mcp', other: { type: 'mcp' } }],
    });
    expect((await peer.read({ request })).error).toMatchObject({
      reason: 'REQUEST_UNSUPPORTED',
      details: { param: 'tools[0]' },
    });
    expect(peer.upstream.requests).toEqual([]);
  });

  describe('ends a stream', () => {
    it('at its end mark, though nothing told of an end before', async () => {
      await using peer = await openProviderPeer(cohere);
      peer.upstream.respond({ headers, body: [...frames.slice(0, -2), encodeEvent('[DONE]')] });
      const { answer: read, error } = await peer.read();
      expect(error).toBeUndefined();
      expect(read.choices).toMatchObject([{ content: 'Hello', finishReason: 'stop' }]);
    });

    it('that has no end mark', async () => {
      await using peer = await openProviderPeer(cohere);
      peer.upstream.respond(
        { headers, body: frames.slice(0, -1) },
        { headers, body: frames.slice(0, -1), ending: 'reset' },
      );
      expect(await peer.read()).toEqual({ answer: plainAnswerOf(answer), error: undefined });
      expect(await peer.read()).toEqual({ answer: plainAnswerOf(answer), error: undefined });
    });

    it('that nobody ends, after a while', async () => {
      const clock = createManualClock();
      await using peer = await openProviderPeer(cohere, { clock, settings: { finishTimeoutMs: 500 } });
      peer.upstream.respond({ headers, body: [...frames.slice(0, -1), held] });
      const reading = peer.read();
      const timer = await clock.nextTimer();
      expect(timer.delayMs).toBe(500);
      timer.fire();
      expect(await reading).toEqual({ answer: plainAnswerOf(answer), error: undefined });
      await (await peer.upstream.nextRequest()).closed;
    });

    it('not at an end mark before the beginning', async () => {
      await using peer = await openProviderPeer(cohere);
      peer.upstream.respond({ headers, body: [encodeEvent('[DONE]')] });
      expect((await peer.read()).error?.reason).toBe('PROVIDER_UNUSABLE');
    });
  });

  describe('does not take a failure for an end', () => {
    it.each<readonly [JsonObject, ErrorReason, string]>([
      [{ finish_reason: 'ERROR' }, 'PROVIDER_FAILED', 'it ended the answer with the reason ERROR'],
      [{ finish_reason: 'ERROR', error: 'The engine stumbled.' }, 'PROVIDER_FAILED', 'The engine stumbled.'],
      [{ error: 'The engine stumbled.' }, 'PROVIDER_FAILED', 'The engine stumbled.'],
      [{ finish_reason: 'TIMEOUT' }, 'PROVIDER_TIMEOUT', 'it ended the answer with the reason TIMEOUT'],
    ])('%j', async (end, reason, words) => {
      await using peer = await openProviderPeer(cohere);
      const body = [...frames.slice(0, -2), tell('message-end', { delta: end })];
      const whole = JSON.stringify({ message: { content: [{ type: 'text', text: 'Hello' }] }, ...end });
      peer.upstream.respond({ headers, body }, { headers: json, body: whole });
      const streamed = await peer.read();
      expect(streamed.answer.choices).toMatchObject([{ content: 'Hello', finishReason: undefined }]);
      expect(streamed.error).toMatchObject({ reason, message: expect.stringContaining(words) });
      const { answer: read, error } = await peer.read({ stream: false });
      expect(read.choices).toEqual([]);
      expect(error).toMatchObject({ reason, message: expect.stringContaining(words) });
    });

    it.each<readonly [string, Uint8Array]>([
      ['a named event', encodeEvent({ message: 'The engine stumbled.' }, 'error')],
      ['an event of its own type', encodeEvent({ type: 'error', message: 'The engine stumbled.' })],
      ['an error inside', encodeEvent({ error: { message: 'The engine stumbled.' } })],
      ['an error in words', encodeEvent({ error: 'The engine stumbled.' })],
      ['bare JSON', Buffer.from('{"id":"1","message":"The engine stumbled."}\n')],
    ])('that comes as %s', async (_name, frame) => {
      await using peer = await openProviderPeer(cohere);
      peer.upstream.respond({ headers, body: [...frames.slice(0, -2), frame] });
      expect((await peer.read()).error).toMatchObject({
        reason: 'PROVIDER_FAILED',
        message: expect.stringContaining('The engine stumbled.'),
      });
    });
  });

  it('passes over events that it does not know, whatever they say', async () => {
    await using peer = await openProviderPeer(cohere);
    const news = encodeEvent({ type: 'warning', message: 'The model will be removed.' });
    peer.upstream.respond({ headers, body: [...frames.slice(0, 1), news, ...frames.slice(1)] });
    expect(await peer.read()).toEqual({ answer: plainAnswerOf(answer), error: undefined });
  });

  describe('knows its errors', () => {
    it.each<readonly [number, string, ErrorReason]>([
      [
        400,
        'too many tokens: total number of tokens in the prompt cannot exceed 4081 - received 4292.',
        'CONTEXT_TOO_LONG',
      ],
      [400, 'too many tokens: size limit exceeded by 11326 tokens.', 'CONTEXT_TOO_LONG'],
      [
        400,
        'too many tokens: max tokens must be less than or equal to 4096, the maximum output for this model - received 8192.',
        'PROVIDER_REFUSED',
      ],
      [400, 'invalid request: temperature must be between 0 and 1.0 inclusive.', 'PROVIDER_REFUSED'],
      [402, 'Please add or update your payment method to continue.', 'PROVIDER_FAILED'],
      [404, "model 'command-r' was removed on September 15, 2025.", 'PROVIDER_REFUSED'],
      [429, 'You are using a Trial key, which is limited to 40 API calls / minute.', 'PROVIDER_RATE_LIMITED'],
      [498, 'invalid token', 'PROVIDER_CREDENTIALS'],
      [499, 'request cancelled', 'PROVIDER_FAILED'],
      [501, 'not implemented', 'PROVIDER_FAILED'],
    ])('HTTP %i %j is %s', async (status, message, reason) => {
      await using peer = await openProviderPeer(cohere);
      const error = peer.provider.classifyError(status, {}, JSON.stringify({ id: '1', message }));
      expect(error.reason).toBe(reason);
      if (reason !== 'PROVIDER_CREDENTIALS') expect(error.message).toContain(message);
    });
  });
});

describeRecordedTraffic('recorded streams with other bytes in them', '', (cases) => {
  const streams = cases.filter(({ provider, kind }) => provider === 'cohere' && kind === 'stream');

  it('are read, or end in an error of the attempt', async () => {
    await using peer = await openProviderPeer(cohere);
    const change = fc.record({
      at: fc.nat({ max: 1_000_000 }),
      bytes: fc.uint8Array({ maxLength: 8 }),
      drops: fc.nat({ max: 40 }),
    });
    await fc.assert(
      fc.asyncProperty(fc.constantFrom(...streams), fc.array(change, { maxLength: 4 }), async (recorded, changes) => {
        let body: Buffer = recorded.readBody();
        for (const { at, bytes, drops } of changes) {
          const place = at % body.length;
          body = Buffer.concat([body.subarray(0, place), bytes, body.subarray(place + drops)]);
        }
        peer.upstream.respond({ headers, body: [body] });
        // What is no registered error is thrown.
        const { answer: read, error } = await peer.read();
        if (error === undefined) expect(read.choices[0]?.finishReason).toBeDefined();
        else expect(error.entry.retry).toBeDefined();
      }),
      { numRuns: 150 },
    );
  });
});
