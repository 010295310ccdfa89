import { create } from '@bufbuild/protobuf';
import { describe, expect, it } from 'vitest';
import { ChatCompletionRequestSchema } from '../../gen/signalbox/chat/v1/chat_completion_request_pb.ts';
import type { ErrorReason } from '../../src/core/error-registry.ts';
import type { OpenAiChatKind } from '../../src/providers/openai-chat-kind.ts';
import type { Ending } from '../support/fake-upstream.ts';
import { createManualClock } from './manual-clock.ts';
import { encodeChunk, encodeEvent, openAiChatWire } from './openai-chat-wire.ts';
import { openProviderPeer, providerKey } from './provider-peer.ts';
import { plainAnswerOf, type ScriptedAnswer } from './provider-wire.ts';

const headers = openAiChatWire.streamHeaders;
const answer: ScriptedAnswer = {
  choice: { content: ['Hello'], finishReason: 'length' },
  usage: { prompt: 3, completion: 2, total: 5, cached: 0, reasoning: 0 },
};
const frames = openAiChatWire.encodeStream(answer);
const [role = Buffer.of(), hello = Buffer.of(), finish = Buffer.of(), usage = Buffer.of(), endMark = Buffer.of()] =
  frames;
const withoutUsage = { ...plainAnswerOf(answer), usage: undefined };
const held = new Promise(() => {});

function toolCallChunk(index: number, id: string): Uint8Array {
  const call = { index: 0, id, type: 'function', function: { name: 'now', arguments: '{}' } };
  return encodeChunk([{ index, delta: { tool_calls: [call] }, finish_reason: null }]);
}

/** Where models are called and how the key is sent, when that is not as OpenAI has it. */
export interface OpenAiChatPlace {
  /** The path, below the base URL that ends in `/v1`. Default `/chat/completions`. */
  readonly path?: string;
  /** The header of the key and what it holds. Default `authorization`, as bearer. */
  readonly keyHeader?: readonly [name: string, value: string];
}

/** What every provider does that speaks OpenAI's chat completions, beyond what all providers do. */
export function openAiChatContract(kind: OpenAiChatKind, place: OpenAiChatPlace = {}): void {
  const { path = '/chat/completions', keyHeader: [keyName, keyValue] = ['authorization', `Bearer ${providerKey}`] } =
    place;
  describe(`openai-chat contract: ${kind.kind}`, () => {
    it('sends its key, and to the path of chat completions', async () => {
      await using peer = await openProviderPeer(kind);
      peer.upstream.respond({ headers, body: frames });
      await peer.read();
      const request = await peer.upstream.nextRequest();
      expect(request.path).toBe(`/v1${path}`);
      expect(request.headers).toMatchObject({
        [keyName]: keyValue,
        'content-type': 'application/json',
        accept: 'text/event-stream',
      });
      expect(request.json()).toMatchObject({
        model: 'some/model',
        messages: [{ role: 'user', content: 'Hello' }],
        stream: true,
        ...(kind.quirks.asksForStreamUsage && { stream_options: { include_usage: true } }),
      });
    });

    it('asks for a whole answer without the words for streams', async () => {
      await using peer = await openProviderPeer(kind, { settings: { apiKey: undefined } });
      peer.upstream.respond({
        headers: { 'content-type': 'application/json' },
        body: openAiChatWire.encodeWhole(answer),
      });
      await peer.read({ stream: false });
      const request = await peer.upstream.nextRequest();
      expect(request.headers.accept).toBe('application/json');
      expect(request.headers[keyName]).toBeUndefined();
      expect(Object.keys(Object(request.json()))).toEqual(['model', 'messages']);
    });

    it('lets the operator’s headers win', async () => {
      await using peer = await openProviderPeer(kind, { settings: { headers: { [keyName]: 'Token t' } } });
      peer.upstream.respond({ headers, body: frames });
      await peer.read();
      expect((await peer.upstream.nextRequest()).headers[keyName]).toBe('Token t');
    });

    it('reads what came, not what it asked for', async () => {
      await using peer = await openProviderPeer(kind);
      peer.upstream.respond(
        { headers: { 'content-type': 'Application/JSON; charset=UTF-8' }, body: openAiChatWire.encodeWhole(answer) },
        { headers: { 'content-type': 'Text/Event-Stream; charset=UTF-8' }, body: frames },
      );
      expect(await peer.read({ stream: true })).toEqual({ answer: plainAnswerOf(answer), error: undefined });
      expect(await peer.read({ stream: false })).toEqual({ answer: plainAnswerOf(answer), error: undefined });
    });

    it('takes blank lines before a whole answer', async () => {
      await using peer = await openProviderPeer(kind);
      const body = ['\n         \n', '\n         \n', openAiChatWire.encodeWhole(answer)];
      peer.upstream.respond({ headers: { 'content-type': 'application/json' }, body });
      expect(await peer.read({ stream: false })).toEqual({ answer: plainAnswerOf(answer), error: undefined });
    });

    it('reads several choices that come mixed', async () => {
      await using peer = await openProviderPeer(kind);
      const chunk = (index: number, content: string | null, reason: string | null) =>
        encodeChunk([{ index, delta: content === null ? {} : { content }, finish_reason: reason }]);
      const body = [chunk(1, 'b', null), chunk(0, 'a', null), chunk(1, 'B', null), chunk(1, null, 'stop')];
      const rest = [chunk(0, 'A', null), chunk(0, null, 'length'), endMark];
      peer.upstream.respond({ headers, body: [...body, ...rest] }, { headers, body });
      const request = create(ChatCompletionRequestSchema, { n: 2 });
      const { answer: both } = await peer.read({ request });
      expect(both.choices.map(({ content, finishReason }) => [content, finishReason])).toEqual([
        ['aA', 'length'],
        ['bB', 'stop'],
      ]);
      expect((await peer.read({ request })).error?.reason).toBe('PROVIDER_CUT');
    });

    describe('takes for complete a stream', () => {
      it.each<readonly [string, Ending | undefined]>([
        ['ends', undefined],
        ['is closed', 'close'],
        ['is reset', 'reset'],
      ])('that %s after its finish reason', async (_name, ending) => {
        await using peer = await openProviderPeer(kind);
        peer.upstream.respond({ headers, body: [role, hello, finish], ...(ending && { ending }) });
        expect(await peer.read()).toEqual({ answer: withoutUsage, error: undefined });
        peer.upstream.respond({ headers, body: [role, hello, finish, usage], ...(ending && { ending }) });
        expect(await peer.read()).toEqual({ answer: plainAnswerOf(answer), error: undefined });
      });

      it('that falls silent after its finish reason, when the time for usage is over', async () => {
        const clock = createManualClock();
        await using peer = await openProviderPeer(kind, { clock, settings: { finishTimeoutMs: 1234 } });
        peer.upstream.respond({ headers, body: [role, hello, finish, held] });
        const reading = peer.read();
        const timer = await clock.nextTimer();
        expect(timer.delayMs).toBe(1234);
        timer.fire();
        expect(await reading).toEqual({ answer: withoutUsage, error: undefined });
        await (await peer.upstream.nextRequest()).closed;
      });

      it('whose usage comes before that time is over', async () => {
        const clock = createManualClock();
        await using peer = await openProviderPeer(kind, { clock });
        const late = Promise.withResolvers<Uint8Array>();
        peer.upstream.respond({ headers, body: [role, hello, finish, late.promise, held] });
        const reading = peer.read();
        const first = await clock.nextTimer();
        late.resolve(usage);
        const second = await clock.nextTimer();
        expect(first.isPending).toBe(false);
        second.fire();
        expect(await reading).toEqual({ answer: plainAnswerOf(answer), error: undefined });
      });

      it('at its end mark, and hangs up when the server does not', async () => {
        const clock = createManualClock();
        await using peer = await openProviderPeer(kind, { clock });
        peer.upstream.respond({ headers, body: [Buffer.concat(frames), held] });
        expect(await peer.read()).toEqual({ answer: plainAnswerOf(answer), error: undefined });
        const request = await peer.upstream.nextRequest();
        // After the finish reason there is a timer for the end mark, and after the end mark one for the end.
        for (let timer = await clock.nextTimer(); ; timer = await clock.nextTimer()) {
          if (!timer.isPending) continue;
          timer.fire();
          break;
        }
        expect(await request.closed).toEqual({ replied: false });
      });

      it('whose end mark comes without a finish reason', async () => {
        await using peer = await openProviderPeer(kind);
        peer.upstream.respond({ headers, body: [role, hello, endMark] });
        expect((await peer.read()).answer.choices[0]).toMatchObject({ content: 'Hello', finishReason: 'stop' });
        peer.upstream.respond({ headers, body: [role, toolCallChunk(0, 'call_1'), endMark] });
        expect((await peer.read()).answer.choices[0]).toMatchObject({ finishReason: 'tool_calls' });
        peer.upstream.respond({ headers, body: [role, hello, Buffer.from('data:[DONE]')] });
        expect((await peer.read()).error).toBeUndefined();
      });

      it('whose end mark comes in the middle of a tool call, which is a cut', async () => {
        await using peer = await openProviderPeer(kind);
        const call = { index: 0, id: 'call_1', type: 'function', function: { name: 'now', arguments: '{"zone":"U' } };
        const begun = encodeChunk([{ index: 0, delta: { tool_calls: [call] }, finish_reason: null }]);
        peer.upstream.respond({ headers, body: [role, begun, endMark] });
        expect((await peer.read()).error?.reason).toBe('PROVIDER_CUT');
        // The provider's own reason says that this is all there is.
        peer.upstream.respond({ headers, body: [role, begun, finish, endMark] });
        expect((await peer.read()).error).toBeUndefined();
      });

      it('whose tool call has no arguments, which are the empty object', async () => {
        await using peer = await openProviderPeer(kind);
        const call = { index: 0, id: 'call_1', type: 'function', function: { name: 'now', arguments: null } };
        const begun = encodeChunk([{ index: 0, delta: { tool_calls: [call] }, finish_reason: null }]);
        const called = encodeChunk([{ index: 0, delta: {}, finish_reason: 'tool_calls' }]);
        for (const body of [
          [role, begun, endMark],
          [role, begun, called, endMark],
        ]) {
          peer.upstream.respond({ headers, body });
          expect((await peer.read()).answer.choices[0]?.toolCalls).toEqual([
            { id: 'call_1', name: 'now', arguments: '{}' },
          ]);
        }
      });

      it('with comments, names, carriage returns and a byte order mark', async () => {
        await using peer = await openProviderPeer(kind);
        const text = `\uFEFF: PROCESSING\n\nevent: message\n${Buffer.concat(frames)}`.replaceAll('\n', '\r\n');
        peer.upstream.respond({ headers, body: text });
        expect(await peer.read()).toEqual({ answer: plainAnswerOf(answer), error: undefined });
      });

      it('that begins and ends with chunks without choices', async () => {
        await using peer = await openProviderPeer(kind);
        const first = encodeEvent({
          id: '',
          object: '',
          created: 0,
          model: '',
          choices: [],
          prompt_filter_results: [],
        });
        peer.upstream.respond({ headers, body: [first, ...frames.slice(0, -1), encodeChunk([]), endMark] });
        expect(await peer.read()).toEqual({ answer: plainAnswerOf(answer), error: undefined });
      });
    });

    it.each([
      ['an end mark', [endMark]],
      ['usage and an end mark', [usage, endMark]],
      ['chunks without choices', [encodeChunk([]), encodeChunk([])]],
      ['comments', [Buffer.from(': PROCESSING\n\n')]],
    ])('finds a stream of nothing but %s unusable', async (_name, body) => {
      await using peer = await openProviderPeer(kind);
      peer.upstream.respond({ headers, body });
      expect((await peer.read()).error?.reason).toBe('PROVIDER_UNUSABLE');
    });

    it.each<readonly [string, readonly object[]]>([
      ['without a message', [{ index: 0 }]],
      ['with a message of null', [{ index: 0, message: null, finish_reason: null }]],
      ['that says nothing and has no end', [{ index: 0, message: { content: '' }, finish_reason: null }]],
      ['that is one of two', [{ index: 0, message: { content: 'Hello' }, finish_reason: 'stop' }, { index: 1 }]],
    ])('finds a whole answer with a choice %s unusable', async (_name, choices) => {
      await using peer = await openProviderPeer(kind);
      peer.upstream.respond({ headers: { 'content-type': 'application/json' }, body: JSON.stringify({ choices }) });
      const { answer: none, error } = await peer.read({ stream: false });
      expect(none.choices).toEqual([]);
      expect(error).toMatchObject({ reason: 'PROVIDER_UNUSABLE', entry: { retry: 'same' } });
    });

    it('takes blanks around the end mark, and events of nothing', async () => {
      await using peer = await openProviderPeer(kind);
      const nothing = [encodeEvent(''), encodeEvent('  ')];
      const body = [...nothing, role, hello, ...nothing, finish, usage, encodeEvent(' [DONE] ')];
      peer.upstream.respond({ headers, body });
      expect(await peer.read()).toEqual({ answer: plainAnswerOf(answer), error: undefined });
    });

    it('does not take an error of nothing for nothing', async () => {
      await using peer = await openProviderPeer(kind);
      peer.upstream.respond({ headers, body: [role, hello, encodeEvent('', 'error'), finish, endMark] });
      expect((await peer.read()).error?.reason).toBe('PROVIDER_UNUSABLE');
    });

    it.each([true, false])('does not repeat the operator’s headers (stream: %s)', async (stream) => {
      const settings = { headers: { 'api-key': '0123456789abcdef', 'x-gate': 'Bearer gate-pass-1' } };
      await using peer = await openProviderPeer(kind, { settings });
      const message = 'Access denied: 0123456789abcdef, gate-pass-1.';
      const body = JSON.stringify({ error: { message } });
      peer.upstream.respond({ status: 400, headers: { 'content-type': 'application/json' }, body });
      expect((await peer.read({ stream })).error?.message).toBe('Access denied: [masked], [masked].');
    });

    it.each([true, false])('finds arguments that are nested without end unusable (stream: %s)', async (stream) => {
      await using peer = await openProviderPeer(kind);
      const deep = `${'{"a":'.repeat(100_000)}1${'}'.repeat(100_000)}`;
      const calls = `{"tool_calls":[{"index":0,"id":"c","function":{"name":"f","arguments":${deep}}}]}`;
      const body = `{"choices":[{"index":0,"delta":${calls},"message":${calls},"finish_reason":"stop"}]}`;
      peer.upstream.respond(
        stream ? { headers, body: encodeEvent(body) } : { headers: { 'content-type': 'application/json' }, body },
      );
      expect((await peer.read({ stream })).error?.reason).toBe('PROVIDER_UNUSABLE');
    });

    describe('sees an error inside an answer', () => {
      const message = 'It went wrong.';
      const asJson = (value: unknown) => Buffer.from(`${JSON.stringify(value)}\n`);
      const inStream: readonly (readonly [string, Uint8Array, ErrorReason])[] = [
        ['as an event', encodeEvent({ error: { message } }), 'PROVIDER_FAILED'],
        ['as a named event', encodeEvent({ error: { message, status_code: 400 } }, 'error'), 'PROVIDER_REFUSED'],
        ['as a named event of flat form', encodeEvent({ message, code: 503 }, 'error'), 'PROVIDER_FAILED'],
        ['as an event of flat form', encodeEvent({ object: 'error', message, code: 400 }), 'PROVIDER_REFUSED'],
        ['as text', encodeEvent({ code: 'Bad things', error: message }), 'PROVIDER_FAILED'],
        [
          'as bare JSON',
          asJson({ error: { message, code: 429, status: 'RESOURCE_EXHAUSTED' } }),
          'PROVIDER_RATE_LIMITED',
        ],
        [
          'beside a choice',
          encodeChunk([{ index: 0, delta: {}, finish_reason: 'error' }], { error: { message, code: 502 } }),
          'PROVIDER_FAILED',
        ],
        ['in a choice', encodeChunk([{ index: 0, error: { message, code: 400 } }]), 'PROVIDER_REFUSED'],
        [
          'by the code of a rate limit',
          encodeEvent({ error: { message, type: 'tokens', code: 'rate_limit_exceeded' } }),
          'PROVIDER_RATE_LIMITED',
        ],
        ['by the code of a refusal', encodeEvent({ error: { message, code: 'content_filter' } }), 'CONTENT_REFUSED'],
        [
          'by the code of a limit',
          encodeEvent({ error: { message, code: 'context_length_exceeded' } }),
          'CONTEXT_TOO_LONG',
        ],
        [
          'by the type of a bad request',
          encodeEvent({ error: { message, type: 'invalid_request_error' } }),
          'PROVIDER_REFUSED',
        ],
      ];

      it.each(inStream)('%s', async (_name, frame, reason) => {
        await using peer = await openProviderPeer(kind);
        peer.upstream.respond({ headers, body: [role, hello, frame] }, { headers, body: [frame] });
        const { answer: before, error } = await peer.read();
        expect(before.choices).toMatchObject([{ content: 'Hello', finishReason: undefined }]);
        expect(error).toMatchObject({ reason, message: expect.stringContaining(message) });
        expect(await peer.read()).toMatchObject({ answer: { choices: [] }, error: { reason } });
      });

      it.each<readonly [string, object, ErrorReason]>([
        ['at the root', { error: { message, code: 502 } }, 'PROVIDER_FAILED'],
        ['of a filter', { error: { message, code: 'content_filter', status: 400 } }, 'CONTENT_REFUSED'],
        [
          'in a choice',
          { choices: [{ index: 0, message: {}, error: { message, code: 429 } }] },
          'PROVIDER_RATE_LIMITED',
        ],
        ['of flat form', { object: 'error', message, code: 404 }, 'PROVIDER_REFUSED'],
      ])('%s of a whole answer', async (_name, body, reason) => {
        await using peer = await openProviderPeer(kind);
        peer.upstream.respond({ headers: { 'content-type': 'application/json' }, body: JSON.stringify(body) });
        const { error } = await peer.read({ stream: false });
        expect(error).toMatchObject({ reason, message: expect.stringContaining(message) });
      });

      it.each(['error', 'abort', 'insufficient_system_resource', 'network_error'])(
        'in the finish reason %s',
        async (reason) => {
          await using peer = await openProviderPeer(kind);
          const choice = { index: 0, delta: {}, message: { role: 'assistant', content: 'Hel' }, finish_reason: reason };
          peer.upstream.respond({ headers, body: [role, hello, encodeChunk([choice]), endMark] });
          expect((await peer.read()).error).toMatchObject({
            reason: 'PROVIDER_FAILED',
            message: expect.stringContaining(reason),
          });
          peer.upstream.respond({
            headers: { 'content-type': 'application/json' },
            body: JSON.stringify({ choices: [choice] }),
          });
          expect((await peer.read({ stream: false })).error?.reason).toBe('PROVIDER_FAILED');
        },
      );
    });
  });
}
