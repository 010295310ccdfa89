import { describe, expect, test } from 'vitest';
import type { ChatEvent } from '../../src/core/chat-event.ts';
import type { ChatReply, Provider } from '../../src/providers/provider.ts';
import { text } from '../routing/scripted-provider.ts';
import { breakAdapter, type CallForm, callForms, describeForm, startIsolationRig } from './isolation-rig.ts';

/** Words that stand in what is thrown, and in nothing that a client sees. */
const inside = 'the-inside-of-the-adapter';

const config = 'providers: { broken: { kind: openai-compatible, base_url: "http://127.0.0.1:1/v1" } }';

function replyWith(events: AsyncIterable<ChatEvent>): Promise<ChatReply> {
  return Promise.resolve({ events, warnings: [] });
}

/** An answer of one token, by an iterator that does what it should not. */
function afterOneToken(iterator: Partial<AsyncIterator<ChatEvent>>): Promise<ChatReply> {
  let given = false;
  return replyWith({
    [Symbol.asyncIterator]: () => ({
      ...iterator,
      next: () => {
        if (given && iterator.next !== undefined) return iterator.next();
        const done = given;
        given = true;
        return Promise.resolve(done ? { done, value: undefined } : { done, value: text('Half of ') });
      },
    }),
  });
}

function fail(): never {
  throw new TypeError(inside);
}

/** Adapters that break before there is a token. */
const early: Readonly<Record<string, Provider['startChat']>> = {
  'throws before it returns a promise': fail,
  'throws what is no error': () => Promise.reject(inside),
  'throws nothing at all': () => Promise.reject(),
  'throws an error whose message throws': () =>
    Promise.reject(Object.defineProperty(new Error(), 'message', { get: fail })),
  rejects: () => Promise.reject(new TypeError(inside)),
  'gives events that cannot be iterated over': () => replyWith({ [Symbol.asyncIterator]: fail }),
  'has an iterator that throws before it returns a promise': () =>
    replyWith({ [Symbol.asyncIterator]: () => ({ next: fail }) }),
  'has an iterator that rejects': () =>
    replyWith({ [Symbol.asyncIterator]: () => ({ next: () => Promise.reject(new TypeError(inside)) }) }),
};

/** Adapters that break in the middle of an answer. */
const late: Readonly<Record<string, Provider['startChat']>> = {
  'throws after the first event, before it returns a promise': () => afterOneToken({ next: fail }),
  'rejects after the first event': () => afterOneToken({ next: () => Promise.reject(new TypeError(inside)) }),
  'rejects after the first event, and throws when it is let go of': () =>
    afterOneToken({ next: () => Promise.reject(new TypeError(inside)), return: fail }),
  'rejects after the first event, and when it is let go of': () =>
    afterOneToken({
      next: () => Promise.reject(new TypeError(inside)),
      return: () => Promise.reject(new TypeError(inside)),
    }),
  'rejects after the first event, and is never let go of': () =>
    afterOneToken({ next: () => Promise.reject(new TypeError(inside)), return: () => new Promise(() => {}) }),
};

function cross(adapters: Readonly<Record<string, Provider['startChat']>>) {
  return Object.entries(adapters).flatMap(([what, startChat]) =>
    callForms.map((form): [string, string, CallForm, Provider['startChat']] => [
      what,
      describeForm(form),
      form,
      startChat,
    ]),
  );
}

const internalStatuses: readonly (number | string)[] = [500, 'Internal'];

describe('an adapter of a provider that breaks', () => {
  test.each(cross(early))(
    'before its first token fails its own call alone: it %s (%s)',
    async (_what, _how, form, startChat) => {
      const rig = await startIsolationRig(config);
      breakAdapter(rig.server, 'broken', startChat);
      const { error, hasEnd } = await rig.call('broken/x', form);
      expect(error).toMatchObject({ reason: 'internal' });
      expect(internalStatuses).toContain(error?.status);
      expect(error?.message).not.toContain(inside);
      expect(hasEnd).toBe(false);
      expect(await rig.isAlive()).toBe(true);
      expect(rig.failures()).toHaveLength(1);
    },
  );

  test.each(cross(late))(
    'after its first token ends its own call alone: it %s (%s)',
    async (_what, _how, form, startChat) => {
      const rig = await startIsolationRig(config);
      breakAdapter(rig.server, 'broken', startChat);
      const { error, hasEnd } = await rig.call('broken/x', form);
      expect(error).toMatchObject({ reason: 'internal' });
      expect(error?.message).not.toContain(inside);
      expect(hasEnd).toBe(false);
      expect(await rig.isAlive()).toBe(true);
      expect(rig.failures()).toHaveLength(1);
    },
  );

  test.each(callForms)(
    'and ends without having said how has given no answer ($protocol, streamed $isStreamed)',
    async (form) => {
      const rig = await startIsolationRig(config);
      breakAdapter(rig.server, 'broken', () => afterOneToken({}));
      const { error, hasEnd } = await rig.call('broken/x', form);
      expect(error).toMatchObject({ reason: form.isStreamed ? 'stream_cut' : 'attempts_failed' });
      expect(hasEnd).toBe(false);
      expect(await rig.isAlive()).toBe(true);
      expect(rig.failures()).toHaveLength(1);
    },
  );

  test('tells the operator what it was', async () => {
    const rig = await startIsolationRig(config);
    breakAdapter(rig.server, 'broken', () => Promise.reject(new TypeError(inside)));
    await rig.call('broken/x', { protocol: 'REST', isStreamed: false });
    const line = await rig.server.nextLogLine('call failed');
    expect(line).toMatchObject({ error_reason: 'INTERNAL' });
    expect(JSON.stringify(line)).toContain(inside);
  });
});

describe('an adapter that never ends', () => {
  test('is bounded where its answer is wanted whole', async () => {
    // What is collected is bounded by what a whole answer may be.
    const rig = await startIsolationRig(`${config}\nupstream: { max_reply_bytes: 65536 }`);
    let pieces = 0;
    breakAdapter(rig.server, 'broken', () =>
      replyWith(
        (async function* () {
          for (;;) {
            pieces += 1;
            yield text('again and again ');
          }
        })(),
      ),
    );
    const { error } = await rig.call('broken/x', { protocol: 'REST', isStreamed: false });
    expect(error).toMatchObject({ status: 502, reason: 'attempts_failed' });
    expect(pieces * 'again and again '.length).toBeLessThan(10 * 65_536);
    expect(await rig.isAlive()).toBe(true);
    expect(rig.failures()).toHaveLength(1);
  });

  test.each(callForms)(
    'and says nothing either is bounded by the deadline ($protocol, streamed $isStreamed)',
    async (form) => {
      const rig = await startIsolationRig(`${config}\ncalls: { timeout_ms: 1000 }`);
      breakAdapter(rig.server, 'broken', () =>
        replyWith({
          [Symbol.asyncIterator]: () => ({ next: () => new Promise(() => {}), return: () => new Promise(() => {}) }),
        }),
      );
      const { error } = await rig.call('broken/x', form);
      expect(error).toMatchObject({ reason: 'call_deadline' });
      expect(await rig.isAlive()).toBe(true);
      expect(rig.failures()).toHaveLength(1);
    },
  );

  test.each(callForms)(
    'and never begins is bounded by the deadline ($protocol, streamed $isStreamed)',
    async (form) => {
      const rig = await startIsolationRig(`${config}\ncalls: { timeout_ms: 1000 }`);
      breakAdapter(rig.server, 'broken', () => new Promise(() => {}));
      const { error } = await rig.call('broken/x', form);
      expect(error).toMatchObject({ reason: 'call_deadline' });
      expect(await rig.isAlive()).toBe(true);
      expect(rig.failures()).toHaveLength(1);
    },
  );
});
