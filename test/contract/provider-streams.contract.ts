import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { ProviderKind } from '../../src/providers/provider.ts';
import { cutBytes, type Ending } from '../support/fake-upstream.ts';
import { scriptedAnswers } from './provider-answers.contract.ts';
import { nextEvent, openProviderPeer } from './provider-peer.ts';
import { type ProviderWire, plainAnswerOf, type ScriptedAnswer } from './provider-wire.ts';

const scripted: ScriptedAnswer = {
  choice: {
    reasoning: ['Überlegung ', '思考'],
    content: ['Grüße, ', '世界 ', '👩‍👩‍👧‍👦'],
    toolCalls: [{ id: 'call_1', name: 'say', arguments: ['{"text":"', 'Größe 📏"}'] }],
    finishReason: 'tool_calls',
  },
  usage: { prompt: 12, completion: 30, total: 42, cached: 0, reasoning: 9 },
};

/** The answer as far as its text goes, without an end. */
const halfSaid = { ...scripted.choice, toolCalls: [] };

/** What a provider makes of streams: cut, broken, given up. */
export function providerStreamsContract(kind: ProviderKind, wire: ProviderWire): void {
  const frames = wire.encodeStream(scripted);
  const finishedAt = frames.length - wire.framesAfterFinish;
  const textFrames = wire.encodeStream({ choice: halfSaid }).slice(0, 1 + 2 + 3);

  describe('reads a stream', () => {
    it('that is cut at every byte', async () => {
      await using peer = await openProviderPeer(kind);
      peer.upstream.respond({ headers: wire.streamHeaders, body: cutBytes(Buffer.concat(frames), 1) });
      expect(await peer.read()).toEqual({ answer: plainAnswerOf(scripted), error: undefined });
    });

    it('that is cut anywhere', async () => {
      await using peer = await openProviderPeer(kind);
      const answer = fc.constantFrom(...Object.values(scriptedAnswers), scripted);
      const sizes = fc.array(fc.integer({ min: 1, max: 200 }), { maxLength: 30 });
      await fc.assert(
        fc.asyncProperty(answer, sizes, async (some, cuts) => {
          const body = cutBytes(Buffer.concat(wire.encodeStream(some)), cuts);
          peer.upstream.respond({ headers: wire.streamHeaders, body });
          expect(await peer.read()).toEqual({ answer: plainAnswerOf(some), error: undefined });
        }),
        { numRuns: 40 },
      );
    });

    it('event by event, as they come', async () => {
      await using peer = await openProviderPeer(kind);
      const held = Promise.withResolvers<void>();
      peer.upstream.respond({ headers: wire.streamHeaders, body: [...textFrames, held.promise] });
      const events = (await peer.start()).events[Symbol.asyncIterator]();
      let text = '';
      while (text !== plainAnswerOf(scripted).choices[0]?.content) {
        const event = await nextEvent(events);
        if (event.kind === 'delta') text += event.delta.content ?? '';
      }
      held.resolve();
      await events.return?.();
    });
  });

  describe('does not take for complete a stream', () => {
    it.each<Ending | undefined>([undefined, 'close', 'reset'])('that breaks off anywhere (%s)', async (ending) => {
      await using peer = await openProviderPeer(kind);
      for (let count = 1; count < finishedAt; count += 1) {
        const body = frames.slice(0, count);
        peer.upstream.respond({ headers: wire.streamHeaders, body, ...(ending && { ending }) });
        const { answer, error } = await peer.read();
        expect(error?.reason, `after ${count} frames`).toBe('PROVIDER_CUT');
        expect(error?.entry.retry).toBe('same');
        expect(answer.choices[0]?.finishReason).toBeUndefined();
      }
    });

    it('that breaks off inside a frame', async () => {
      await using peer = await openProviderPeer(kind);
      const [whole, half] = [Buffer.concat(textFrames), Buffer.from(frames[textFrames.length] ?? '')];
      for (const cut of [1, 8, half.length >> 1, half.length - 3]) {
        const body = [Buffer.concat([whole, half.subarray(0, cut)])];
        peer.upstream.respond({ headers: wire.streamHeaders, body, ending: 'close' });
        expect((await peer.read()).error?.reason, `after ${cut} bytes`).toBe('PROVIDER_CUT');
      }
    });

    it('that has no frame', async () => {
      await using peer = await openProviderPeer(kind);
      peer.upstream.respond({ headers: wire.streamHeaders });
      expect((await peer.read()).error?.reason).toBe('PROVIDER_UNUSABLE');
    });
  });

  describe('gives what came before', () => {
    const before = plainAnswerOf({ choice: halfSaid }).choices[0];
    const expected = { choices: [{ ...before, finishReason: undefined }], usage: undefined };

    it('an error in the middle', async () => {
      await using peer = await openProviderPeer(kind);
      const frame = wire.encodeErrorFrame({ message: 'The engine stumbled.' });
      peer.upstream.respond({ headers: wire.streamHeaders, body: [...textFrames, frame] });
      const { answer, error } = await peer.read();
      expect(answer).toEqual(expected);
      expect(error).toMatchObject({
        reason: 'PROVIDER_FAILED',
        message: expect.stringContaining('The engine stumbled.'),
      });
      expect(error?.entry.retry).toBe('same');
    });

    it.each(Object.entries(wire.malformedFrames))('a frame that is %s', async (_name, frame) => {
      await using peer = await openProviderPeer(kind);
      peer.upstream.respond({ headers: wire.streamHeaders, body: [...textFrames, frame, ...frames] });
      const { answer, error } = await peer.read();
      expect(answer).toEqual(expected);
      expect(error?.reason).toBe('PROVIDER_UNUSABLE');
    });

    it('a frame that is larger than allowed, and closes the connection', async () => {
      await using peer = await openProviderPeer(kind, { settings: { maxEventBytes: 10_000 } });
      const huge = wire.encodeStream({ choice: { content: ['x'.repeat(50_000)], finishReason: 'stop' } });
      const held = new Promise(() => {});
      peer.upstream.respond({ headers: wire.streamHeaders, body: [...textFrames, ...huge, held] });
      const { answer, error } = await peer.read();
      expect(answer).toEqual(expected);
      expect(error).toMatchObject({ reason: 'PROVIDER_UNUSABLE', message: expect.stringContaining('10000 bytes') });
      await (await peer.upstream.nextRequest()).closed;
    });

    it('a malformed frame, and closes the connection', async () => {
      await using peer = await openProviderPeer(kind);
      const [malformed = Buffer.of()] = Object.values(wire.malformedFrames);
      const held = new Promise(() => {});
      peer.upstream.respond({ headers: wire.streamHeaders, body: [...textFrames, malformed, held] });
      expect((await peer.read()).error?.reason).toBe('PROVIDER_UNUSABLE');
      await (await peer.upstream.nextRequest()).closed;
    });
  });

  it('fails before the first token when the stream begins with an error', async () => {
    await using peer = await openProviderPeer(kind);
    const frame = wire.encodeErrorFrame({ message: 'No engine is free.' });
    peer.upstream.respond({ headers: wire.streamHeaders, body: [frame] });
    const { answer, error } = await peer.read();
    expect(answer.choices).toEqual([]);
    expect(error).toMatchObject({ reason: 'PROVIDER_FAILED', message: expect.stringContaining('No engine is free.') });
  });

  describe('closes the connection at once', () => {
    const held = new Promise(() => {});

    it('when the attempt is aborted before the answer', async () => {
      await using peer = await openProviderPeer(kind);
      peer.upstream.respond({ drop: 'hang', after: held });
      const controller = new AbortController();
      const reading = peer.read({ signal: controller.signal });
      const request = await peer.upstream.nextRequest();
      controller.abort('CALL_CANCELLED');
      expect((await reading).error).toBeDefined();
      expect(await request.closed).toEqual({ replied: false });
    });

    it('when the attempt is aborted in the middle', async () => {
      await using peer = await openProviderPeer(kind);
      peer.upstream.respond({ headers: wire.streamHeaders, body: [...textFrames, held] });
      const controller = new AbortController();
      const events = (await peer.start({ signal: controller.signal })).events[Symbol.asyncIterator]();
      await nextEvent(events);
      controller.abort('CALL_CANCELLED');
      await expect(
        (async () => {
          for (;;) await nextEvent(events);
        })(),
      ).rejects.toMatchObject({ name: 'SignalboxError' });
      expect(await (await peer.upstream.nextRequest()).closed).toEqual({ replied: false });
    });

    it('when nobody reads on', async () => {
      await using peer = await openProviderPeer(kind);
      peer.upstream.respond({ headers: wire.streamHeaders, body: [...textFrames, held] });
      const events = (await peer.start()).events[Symbol.asyncIterator]();
      await nextEvent(events);
      await events.return?.();
      expect(await (await peer.upstream.nextRequest()).closed).toEqual({ replied: false });
    });
  });

  it('sends nothing when the attempt was aborted before it began', async () => {
    await using peer = await openProviderPeer(kind);
    const { error } = await peer.read({ signal: AbortSignal.abort('CALL_CANCELLED') });
    expect(error).toBeDefined();
    expect(peer.upstream.requests).toEqual([]);
  });
}
