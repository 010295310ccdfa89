import { create } from '@bufbuild/protobuf';
import { describe, expect, it } from 'vitest';
import { ChatCompletionRequestSchema } from '../../gen/signalbox/chat/v1/chat_completion_request_pb.ts';
import type { ProviderKind } from '../../src/providers/provider.ts';
import { openProviderPeer } from './provider-peer.ts';
import { type ProviderWire, plainAnswerOf, type ScriptedAnswer } from './provider-wire.ts';

/** The answers that every provider carries over, whole and in a stream. */
export const scriptedAnswers: Readonly<Record<string, ScriptedAnswer>> = {
  text: { choice: { content: ['Hel', 'lo', ' there.'], finishReason: 'stop' } },
  'text of many scripts': {
    choice: { content: ['Grüße, ', '世界', ' 👩‍👩‍👧‍👦', ' \u0000\u2028\\n"'], finishReason: 'stop' },
  },
  'text that is cut off at the limit': { choice: { content: ['One, two'], finishReason: 'length' } },
  'text that a filter stops': { choice: { content: ['Well'], finishReason: 'content_filter' } },
  'a tool call': {
    choice: {
      toolCalls: [{ id: 'call_1', name: 'get_weather', arguments: ['{"ci', 'ty":', '"Zürich"}'] }],
      finishReason: 'tool_calls',
    },
  },
  'a tool call without arguments': {
    choice: { toolCalls: [{ id: 'call_1', name: 'now', arguments: ['{}'] }], finishReason: 'tool_calls' },
  },
  'parallel tool calls after text': {
    choice: {
      content: ['Let me look.'],
      toolCalls: [
        { id: 'call_a', name: 'search', arguments: ['{"q":"a"}'] },
        { id: 'call_b', name: 'search', arguments: ['{"q":', '"b"}'] },
        { id: 'call_c', name: 'open', arguments: ['{"n":3}'] },
      ],
      finishReason: 'tool_calls',
    },
  },
  'reasoning before text': {
    choice: { reasoning: ['First', ' this,', ' then that.'], content: ['42'], finishReason: 'stop' },
  },
  'reasoning before a tool call': {
    choice: {
      reasoning: ['I need the time.'],
      toolCalls: [{ id: 'call_1', name: 'now', arguments: ['{"zone":"UTC"}'] }],
      finishReason: 'tool_calls',
    },
  },
  'images after text': {
    choice: {
      content: ['Here:'],
      images: ['data:image/png;base64,iVBORw0KGgo=', 'data:image/png;base64,AAAA'],
      finishReason: 'stop',
    },
  },
  usage: {
    choice: { content: ['Hello'], finishReason: 'stop' },
    usage: { prompt: 120, completion: 30, total: 150, cached: 100, reasoning: 20 },
  },
  'usage with zeros': {
    choice: { content: ['Hello'], finishReason: 'stop' },
    usage: { prompt: 1, completion: 0, total: 1, cached: 0, reasoning: 0 },
  },
};

/** What a provider makes of complete answers. */
export function providerAnswersContract(kind: ProviderKind, wire: ProviderWire): void {
  describe.each(Object.entries(scriptedAnswers))('answers %s', (_name, scripted) => {
    it('in a stream', async () => {
      await using peer = await openProviderPeer(kind);
      peer.upstream.respond({ headers: wire.streamHeaders, body: wire.encodeStream(scripted) });
      expect(await peer.read()).toEqual({ answer: plainAnswerOf(scripted), error: undefined });
    });

    it('whole', async () => {
      await using peer = await openProviderPeer(kind);
      peer.upstream.respond({
        headers: { 'content-type': 'application/json' },
        body: wire.encodeWhole(scripted),
      });
      expect(await peer.read({ stream: false })).toEqual({ answer: plainAnswerOf(scripted), error: undefined });
    });
  });

  describe('asks', () => {
    it('for the model by its own name, with the operator’s headers', async () => {
      await using peer = await openProviderPeer(kind, { settings: { headers: { 'x-title': 'tests' } } });
      const scripted: ScriptedAnswer = { choice: { content: ['Hello'], finishReason: 'stop' } };
      peer.upstream.respond({ headers: wire.streamHeaders, body: wire.encodeStream(scripted) });
      await peer.read();
      const request = await peer.upstream.nextRequest();
      expect(request).toMatchObject({ method: 'POST', headers: { 'x-title': 'tests' } });
      expect(request.path).toMatch(/^\/v1\//);
      const sent = decodeURIComponent(request.path) + request.body;
      expect(sent).toContain('some/model');
      expect(sent).not.toContain('peer/some/model');
    });

    it('with the numbers in the arguments of earlier calls as the client wrote them', async () => {
      await using peer = await openProviderPeer(kind);
      const scripted: ScriptedAnswer = { choice: { content: ['Hello'], finishReason: 'stop' } };
      peer.upstream.respond({ headers: wire.streamHeaders, body: wire.encodeStream(scripted) });
      const numbers = '[12345678901234567890,1.0,1e400,-0,0.1,42]';
      const call = { id: 'call_1', type: 'function', function: { name: 'add', arguments: `{"numbers":${numbers}}` } };
      const request = create(ChatCompletionRequestSchema, {
        model: 'peer/some/model',
        messages: [
          { role: 'user', content: 'Add them.' },
          { role: 'assistant', toolCalls: [call] },
          { role: 'tool', toolCallId: 'call_1', content: 'a lot' },
        ],
      });
      expect((await peer.read({ request })).error).toBeUndefined();
      expect((await peer.upstream.nextRequest()).body).toContain(numbers);
    });

    it('on the same connection again, once an answer is complete', async () => {
      await using peer = await openProviderPeer(kind);
      const scripted: ScriptedAnswer = { choice: { content: ['Hello'], finishReason: 'stop' } };
      for (const stream of [true, false, true, false]) {
        const body = stream ? wire.encodeStream(scripted) : wire.encodeWhole(scripted);
        const headers = stream ? wire.streamHeaders : { 'content-type': 'application/json' };
        peer.upstream.respond({ headers, body });
        expect((await peer.read({ stream })).error).toBeUndefined();
        // The end of the body comes in a packet after the last frame.
        await peer.waitUntilOver();
      }
      expect(peer.upstream.requests.map(({ connection }) => connection)).toEqual([1, 1, 1, 1]);
    });
  });
}
