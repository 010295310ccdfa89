import { create, type MessageInitShape } from '@bufbuild/protobuf';
import { describe, expect, test } from 'vitest';
import { DeltaSchema } from '../../gen/signalbox/chat/v1/chat_completion_slice_pb.ts';
import type { ReasoningDetailSchema } from '../../gen/signalbox/chat/v1/message_pb.ts';
import type { ChatEvent } from '../../src/core/chat-event.ts';
import { createError } from '../../src/core/errors.ts';
import type { ChatReply, Provider } from '../../src/providers/provider.ts';
import { collectCompletion } from '../../src/routing/collect-completion.ts';
import { createRoutingRig, readRejection, readSlices, settle } from './routing-rig.ts';
import { createScriptedProvider, finish, type Script, text, usage } from './scripted-provider.ts';

const refusal = createError('PROVIDER_REFUSED', { problem: 'no' });
const outage = createError('PROVIDER_FAILED', { provider: 'first', status: 500, problem: 'out of order' });
const never = new Promise<never>(() => {});

describe('an answer', () => {
  test('is a head, deltas in their order, and one finish with usage and metadata', async () => {
    const rig = createRoutingRig(
      createScriptedProvider('first', [text('a'), text('b'), finish(), usage(3)], ['left out']),
    );
    const slices = await readSlices(await rig.start());
    expect(slices.map(({ case: kind }) => kind)).toEqual(['head', 'delta', 'delta', 'finish']);
    expect(slices.at(-1)?.value).toMatchObject({
      choices: [{ index: 0, finishReason: 'stop' }],
      usage: { totalTokens: 3 },
      metadata: { attempts: [{ model: 'first/x', success: true, warnings: ['left out'] }], warnings: ['left out'] },
    });
    expect(rig.records).toMatchObject([{ servedModel: 'first/x', finishReasons: ['stop'], errorReason: undefined }]);
  });

  test('has the times of its attempts and of the whole', async () => {
    const firstToken = Promise.withResolvers<void>();
    const rest = Promise.withResolvers<void>();
    const outageComes = Promise.withResolvers<void>();
    const first = createScriptedProvider('first', [outageComes.promise, outage]);
    const second = createScriptedProvider('second', [firstToken.promise, text('a'), rest.promise, finish()]);
    const rig = createRoutingRig(first, second);
    const started = rig.start();
    await first.called;
    rig.clock.advance(30);
    outageComes.resolve();
    await second.called;
    rig.clock.advance(100);
    firstToken.resolve();
    const answer = await started;
    rig.clock.advance(40);
    rest.resolve();
    const slices = await readSlices(answer);
    expect(slices.at(-1)?.value).toMatchObject({
      metadata: {
        attempts: [{ success: false }, { success: true, timeToFirstTokenMs: 100 }],
        totalDurationMs: 170,
      },
    });
    const attempts = [
      { timeToFirstTokenMs: undefined, durationMs: 30 },
      { timeToFirstTokenMs: 100, durationMs: 140 },
    ];
    expect(rig.records).toMatchObject([{ timeToFirstTokenMs: 130, durationMs: 170, attempts }]);
  });

  test('lets go of its provider at the end', async () => {
    const provider = createScriptedProvider('first', [text('a'), finish()]);
    await readSlices(await createRoutingRig(provider).start());
    expect(provider.endedAnswers).toBe(1);
  });
});

describe('an answer that nobody reads to its end', () => {
  test('ends its call and lets go of its provider before the first slice', async () => {
    const provider = createScriptedProvider('first', [text('a'), never]);
    const rig = createRoutingRig(provider);
    const answer = await rig.start();
    rig.stop('CALL_CANCELLED');
    await answer.return();
    expect(rig.records).toMatchObject([
      { errorReason: 'CALL_CANCELLED', attempts: [{ errorReason: 'CALL_CANCELLED' }] },
    ]);
    expect(provider.attempts[0]?.signal.aborted).toBe(true);
    expect(provider.endedAnswers).toBe(1);
    expect(await answer.next()).toEqual({ done: true, value: undefined });
  });

  test('does so in the middle, and once', async () => {
    const provider = createScriptedProvider('first', [text('a'), text('b'), finish()]);
    const rig = createRoutingRig(provider);
    const answer = await rig.start();
    for await (const { slice } of answer) if (slice.case === 'delta') break;
    await answer.return();
    expect(rig.records).toMatchObject([{ errorReason: 'CALL_CANCELLED' }]);
    expect(provider.endedAnswers).toBe(1);
  });

  test('is not ended again after its end', async () => {
    const rig = createRoutingRig(createScriptedProvider('first', [text('a'), finish()]));
    const answer = await rig.start();
    await readSlices(answer);
    await answer.return();
    expect(rig.records).toMatchObject([{ errorReason: undefined }]);
  });
});

describe('whoever stops a call is obeyed, whatever the provider does', () => {
  test.each(['CALL_CANCELLED', 'CALL_DEADLINE', 'SERVER_DRAINING'] as const)(
    '%s before the first token',
    async (reason) => {
      const token = Promise.withResolvers<void>();
      const second = createScriptedProvider('second', [text('b'), finish()]);
      const rig = createRoutingRig(createScriptedProvider('first', [token.promise, text('a'), finish()]), second);
      const started = rig.start();
      rig.stop(reason);
      token.resolve();
      expect((await readRejection(started)).reason).toBe(reason);
      expect(rig.records).toMatchObject([{ errorReason: reason, servedModel: undefined }]);
      expect(second.attempts).toEqual([]);
    },
  );

  test.each([true, false])('after the first token, stream %s', async (stream) => {
    const more = Promise.withResolvers<void>();
    const rig = createRoutingRig(createScriptedProvider('first', [text('a'), more.promise, text('b'), finish()]));
    const started = rig.start({ stream });
    const done = started.then((answer) => readSlices(answer));
    rig.stop('CALL_CANCELLED');
    more.resolve();
    expect((await readRejection(done)).reason).toBe('CALL_CANCELLED');
    expect(rig.records).toMatchObject([{ errorReason: 'CALL_CANCELLED' }]);
  });

  test('before it began', async () => {
    const provider = createScriptedProvider('first', [text('a'), finish()]);
    const rig = createRoutingRig(provider);
    rig.stop('CALL_CANCELLED');
    expect((await readRejection(rig.start())).reason).toBe('CALL_CANCELLED');
  });

  test('a first-token timeout too: what comes after it is not passed on', async () => {
    const token = Promise.withResolvers<void>();
    const rig = createRoutingRig(
      createScriptedProvider('first', [token.promise, text('late'), finish()]),
      createScriptedProvider('second', [text('b'), finish()]),
    );
    const started = rig.start({ extraBody: { fallback: { ttftTimeout: '300ms' } } });
    rig.clock.advance(300);
    token.resolve();
    expect((await started).head.model).toBe('second/x');
  });
});

describe('a provider that does not hear that it is to stop', () => {
  /** A reply that comes when the test says so, and knows whether it was let go of. */
  function createLateProvider() {
    const reply = Promise.withResolvers<ChatReply>();
    let endings = 0;
    const iterator: AsyncIterator<ChatEvent> = {
      next: () => Promise.resolve({ done: false, value: text('late') }),
      return: () => {
        endings += 1;
        return Promise.reject(new TypeError('it does not let go'));
      },
    };
    return {
      provider: { ...createScriptedProvider('first', []), startChat: () => reply.promise },
      answer: () => reply.resolve({ events: { [Symbol.asyncIterator]: () => iterator }, warnings: [] }),
      fail: () => reply.reject(outage),
      get endings() {
        return endings;
      },
    };
  }

  test.each(['answers', 'fails'] as const)(
    'holds up no call before its first token, and is let go of when it %s after all',
    async (what) => {
      const late = createLateProvider();
      const rig = createRoutingRig(late.provider, createScriptedProvider('second', [text('b'), finish()]));
      const started = rig.start({ extraBody: { fallback: { ttftTimeout: '300ms' } } });
      rig.clock.advance(300);
      expect((await started).head.model).toBe('second/x');
      if (what === 'answers') late.answer();
      else late.fail();
      await settle();
      expect(late.endings).toBe(what === 'answers' ? 1 : 0);
    },
  );

  test.each(['CALL_CANCELLED', 'CALL_DEADLINE', 'SERVER_DRAINING'] as const)(
    'is let go of when it answers at last, after %s or in the same moment',
    async (reason) => {
      for (const isSameMoment of [true, false]) {
        const late = createLateProvider();
        const rig = createRoutingRig(late.provider);
        const started = rig.start();
        await settle();
        if (isSameMoment) late.answer();
        rig.stop(reason);
        expect((await readRejection(started)).reason).toBe(reason);
        late.answer();
        await settle();
        expect(late.endings).toBe(1);
      }
    },
  );

  test('keeps nobody waiting whose answer was ended from elsewhere', async () => {
    const deaf = createScriptedProvider('first', [text('a'), never]);
    const answer = await createRoutingRig(deaf).start();
    await answer.next();
    await answer.next();
    const waiting = answer.next();
    await answer.return();
    expect(await waiting).toEqual({ done: true, value: undefined });
    const token = Promise.withResolvers<void>();
    const late = await createRoutingRig(createScriptedProvider('first', [text('a'), token.promise, text('b')])).start();
    await late.next();
    await late.next();
    const last = late.next();
    token.resolve();
    await late.return();
    expect(await last).toEqual({ done: true, value: undefined });
  });

  test.each([true, false])('holds up no call in the middle of its answer, stream %s', async (stream) => {
    const rig = createRoutingRig(createScriptedProvider('first', [text('a'), never]));
    const read = rig.start({ stream }).then(readSlices);
    await settle();
    rig.stop('CALL_DEADLINE');
    expect((await readRejection(read)).reason).toBe('CALL_DEADLINE');
    expect(rig.records).toMatchObject([{ errorReason: 'CALL_DEADLINE' }]);
  });

  test('may throw when it is let go of', async () => {
    const events: AsyncIterable<ChatEvent> = {
      [Symbol.asyncIterator]: () => ({
        next: () => Promise.reject(outage),
        return: () => {
          throw new TypeError('it does not let go');
        },
      }),
    };
    const provider: Provider = {
      ...createScriptedProvider('first', []),
      startChat: async () => ({ events, warnings: [] }),
    };
    const rig = createRoutingRig(provider);
    expect((await readRejection(rig.start())).reason).toBe('ATTEMPTS_FAILED');
    expect(rig.records).toHaveLength(1);
  });
});

describe('the next candidate', () => {
  test("is not tried after an error that is the request's", async () => {
    const second = createScriptedProvider('second', [text('b'), finish()]);
    const rig = createRoutingRig(createScriptedProvider('first', [refusal]), second);
    expect((await readRejection(rig.start())).reason).toBe('PROVIDER_REFUSED');
    expect(second.attempts).toEqual([]);
  });

  test('is tried after one that cannot do what is asked; when none can, that is the answer', async () => {
    const problem = 'This model takes no audio.';
    const unable: Script = [createError('REQUEST_UNSUPPORTED', { problem }, { param: 'messages[0].content[0]' })];
    const able = createRoutingRig(
      createScriptedProvider('first', unable),
      createScriptedProvider('second', [text('Hi'), finish()]),
    );
    expect((await able.start()).head.model).toBe('second/x');
    const none = createRoutingRig(createScriptedProvider('first', unable), createScriptedProvider('second', unable));
    const error = await readRejection(none.start());
    expect([error.reason, error.httpStatus, error.message]).toEqual(['REQUEST_UNSUPPORTED', 400, problem]);
    expect(error.details.attempts).toHaveLength(2);
  });

  test("is not tried after a mistake of ours, whose cause is the log's alone", async () => {
    const second = createScriptedProvider('second', [text('b'), finish()]);
    const mistake = new TypeError('x is not a function');
    const rig = createRoutingRig(createScriptedProvider('first', [mistake]), second);
    const error = await readRejection(rig.start());
    expect([error.reason, error.message]).toEqual(['INTERNAL', expect.not.stringContaining('function')]);
    expect(rig.records).toMatchObject([{ errorReason: 'INTERNAL', cause: mistake }]);
    expect(second.attempts).toEqual([]);
  });

  const unusable: [what: string, events: ChatEvent[]][] = [
    ['nothing', []],
    ['usage alone', [usage(1)]],
    [
      'empty deltas without end',
      Array.from({ length: 2000 }, () => ({ kind: 'delta', delta: create(DeltaSchema, {}) })),
    ],
  ];
  test.each(unusable)('is tried after %s', async (_what, events) => {
    const rig = createRoutingRig(
      createScriptedProvider('first', events),
      createScriptedProvider('second', [text('b'), finish()]),
    );
    expect((await rig.start()).head.model).toBe('second/x');
    expect(rig.records).toEqual([]);
  });

  test('is tried after a whole answer that is too long or has no end', async () => {
    for (const script of [[text('x'.repeat(600)), text('x'.repeat(600)), finish()], [text('x')]]) {
      const first = createScriptedProvider('first', script);
      const rig = createRoutingRig(first, createScriptedProvider('second', [text('b'), finish()]));
      const completion = await collectCompletion(await rig.start({ stream: false }));
      expect(completion).toMatchObject({
        model: 'second/x',
        metadata: { attempts: [{ errorCode: 'PROVIDER_UNUSABLE' }, { success: true }] },
      });
      expect(first.endedAnswers).toBe(1);
    }
  });

  test('is not tried once an answer is streamed that has no end', async () => {
    const second = createScriptedProvider('second', [text('b'), finish()]);
    const rig = createRoutingRig(createScriptedProvider('first', [text('a')]), second);
    expect((await readRejection(rig.start().then(readSlices))).reason).toBe('STREAM_CUT');
    expect(rig.records).toMatchObject([{ errorReason: 'STREAM_CUT', servedModel: 'first/x' }]);
    expect(second.attempts).toEqual([]);
  });
});

test('an answer that breaks off is recorded with the tokens that were counted', async () => {
  const rig = createRoutingRig(createScriptedProvider('first', [text('a'), usage(5), outage]));
  await readRejection(rig.start().then(readSlices));
  expect(rig.records).toMatchObject([{ errorReason: 'STREAM_CUT', usage: { totalTokens: 5 } }]);
});

test('reasoning that is not wanted leaves no trace, and its tokens count as the first', async () => {
  const reasoning: ChatEvent = { kind: 'delta', delta: create(DeltaSchema, { reasoningContent: 'hm' }) };
  const both: ChatEvent = { kind: 'delta', delta: create(DeltaSchema, { reasoningContent: 'hm', content: 'a' }) };
  const rig = createRoutingRig(createScriptedProvider('first', [reasoning, both, finish()]));
  const slices = await readSlices(await rig.start({ extraBody: { reasoning: { exclude: true } } }));
  expect(slices.map(({ case: kind }) => kind)).toEqual(['head', 'delta', 'finish']);
  expect(slices[1]?.value).toEqual(create(DeltaSchema, { content: 'a' }));
});

test('reasoning that is not wanted keeps what only the provider can read', async () => {
  const delta = (reasoningDetails: MessageInitShape<typeof ReasoningDetailSchema>[]): ChatEvent => ({
    kind: 'delta',
    delta: create(DeltaSchema, { reasoningDetails }),
  });
  const script = [
    delta([{ type: 'reasoning.text', text: 'hm', index: 0 }]),
    delta([
      { type: 'reasoning.text', text: 'hm', signature: 's', index: 0 },
      { type: 'reasoning.encrypted', data: 'd', index: 1 },
    ]),
    finish(),
  ];
  const rig = createRoutingRig(createScriptedProvider('first', script));
  const slices = await readSlices(await rig.start({ extraBody: { reasoning: { exclude: true } } }));
  expect(slices.map(({ case: kind }) => kind)).toEqual(['head', 'delta', 'finish']);
  expect(slices[1]?.value).toMatchObject({ reasoningDetails: [{ signature: 's' }, { data: 'd' }] });
  expect(JSON.stringify(slices[1]?.value)).not.toContain('hm');
});
