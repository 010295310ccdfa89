import { create } from '@bufbuild/protobuf';
import { describe, expect, test } from 'vitest';
import { AnnotationSchema } from '../../../gen/signalbox/chat/v1/chat_completion_pb.ts';
import { DeltaSchema } from '../../../gen/signalbox/chat/v1/chat_completion_slice_pb.ts';
import { UsageSchema } from '../../../gen/signalbox/chat/v1/usage_pb.ts';
import type { ChatEvent } from '../../../src/core/chat-event.ts';
import { createError } from '../../../src/core/errors.ts';
import type { Provider } from '../../../src/providers/provider.ts';
import { createReliability } from '../../../src/routing/attempts/reliability.ts';
import type { Recovery } from '../../../src/routing/recovery/recovery.ts';
import { type CallOptions, createRoutingRig, readRejection, readSlices, settle } from '../routing-rig.ts';
import { createScriptedProvider, finish, type Script, silence, text, usage } from '../scripted-provider.ts';

const outage = createError('PROVIDER_FAILED', { provider: 'first', status: 503, problem: 'out of order' });
const cut = createError('PROVIDER_CUT', { provider: 'first', problem: 'gone' });
const words = Array.from({ length: 60 }, (_, index) => `${index === 0 ? '' : ' '}word${index}`);
const canonical = words.join('');
const whole: Script = [...words.map((word) => text(word)), finish(), usage(60)];
/** Forty of sixty words. */
const broken: Script = [...words.slice(0, 40).map((word) => text(word)), cut];
/** What is left of them. */
const rest: Script = [...words.slice(40).map((word) => text(word)), finish(), usage(20)];

function createRig(...providers: readonly Provider[]) {
  const rig = createRoutingRig(...providers);
  const settings = {
    maxRetries: 2,
    maxRetryWaitMs: 10_000,
    firstTokenTimeoutMs: 15_000,
    reasoningFirstTokenTimeoutMs: 120_000,
    circuitMaxOpenMs: 20_000,
    recovery: 'none',
  } as const;
  const reliability = createReliability(settings, { clock: rig.clock, random: () => 0 });
  const start = (recovery: Recovery, options: CallOptions = {}) =>
    rig.start({ ...options, reliability: { ...reliability, recovery } });
  const read = async (recovery: Recovery, options?: CallOptions) => {
    const slices = await readSlices(await start(recovery, options));
    const content = slices.map(({ case: kind, value }) => (kind === 'delta' ? (value.content ?? '') : '')).join('');
    const last = slices.at(-1);
    if (last?.case !== 'finish') throw new Error('it has no finish');
    return { content, finish: last.value, slices };
  };
  return { rig, reliability, start, read };
}

/** A provider that goes on from an assistant's turn. */
function prefilled(provider: Provider): Provider {
  return { ...provider, takesPrefill: () => true };
}

describe('restart', () => {
  test('gives a whole answer, tried again at the same provider', async () => {
    const first = createScriptedProvider('first', (_, number) => (number === 1 ? broken : whole));
    const { read, rig } = createRig(first, createScriptedProvider('second', whole));
    const { content, finish: end } = await read('restart');
    expect(content).toBe(canonical);
    expect(end).toMatchObject({
      choices: [{ finishReason: 'stop' }],
      usage: { totalTokens: 60 },
      metadata: {
        attempts: [
          { model: 'first/x', success: false, errorCode: 'PROVIDER_CUT' },
          { model: 'first/x', success: true },
        ],
        warnings: [
          'the answer of first/x broke off (PROVIDER_CUT), and first/x began again, leaving out what had been sent: usage counts the last attempt alone, and the cost is not known.',
        ],
      },
    });
    expect(rig.records).toMatchObject([{ servedModel: 'first/x', errorReason: undefined }]);
    expect(first.endedAnswers).toBe(2);
  });

  test('goes on elsewhere when the provider stays broken; the answer keeps its model', async () => {
    const { read, rig } = createRig(createScriptedProvider('first', broken), createScriptedProvider('second', whole));
    const { content, slices } = await read('restart');
    expect(content).toBe(canonical);
    expect(slices[0]).toMatchObject({ value: { model: 'first/x' } });
    expect(rig.records[0]?.attempts.map(({ model }) => model)).toEqual(['first/x', 'first/x', 'second/x']);
    expect(rig.records[0]?.servedModel).toBe('first/x');
  });

  test('goes on after silence, broken events and an end without a finish', async () => {
    const beginnings: Script[] = [
      [text('word0 '), createError('PROVIDER_TIMEOUT', { provider: 'first', problem: 'silence' })],
      [text('word0 '), createError('PROVIDER_UNUSABLE', { provider: 'first', problem: 'no JSON' })],
      [text('word0 ')],
    ];
    for (const beginning of beginnings) {
      const { read } = createRig(createScriptedProvider('first', beginning), createScriptedProvider('second', whole));
      expect((await read('restart')).content).toBe(canonical);
    }
  });

  test('keeps nothing of the end of the try that broke off', async () => {
    const source: ChatEvent = {
      kind: 'annotations',
      index: 0,
      annotations: [create(AnnotationSchema, { type: 'url_citation' })],
    };
    const beginning: Script = [text('word0'), usage(7), source, cut];
    const first = createScriptedProvider('first', (_, number) => (number === 1 ? beginning : whole.slice(0, -1)));
    const { read } = createRig(first);
    const { finish: end } = await read('restart');
    expect([end.usage, end.choices.map(({ annotations }) => annotations)]).toEqual([undefined, [[]]]);
  });

  test('goes by the same rules: to the next when only another can do it, and nowhere when none could', async () => {
    const beginnings: [Script, string][] = [
      [[text('word0'), createError('PROVIDER_CREDENTIALS', { provider: 'first', status: 401 })], canonical],
      [[text('word0'), createError('CONTENT_REFUSED', { problem: 'Not this.' })], 'nothing'],
    ];
    for (const [beginning, expected] of beginnings) {
      const [first, second] = [createScriptedProvider('first', beginning), createScriptedProvider('second', whole)];
      const { read } = createRig(first, second);
      const { content } = await read('restart').catch(() => ({ content: 'nothing' }));
      expect([content, first.attempts.length]).toEqual([expected, 1]);
    }
  });

  test('ends with the error when the other answer differs, which is nobody’s fault', async () => {
    const other: Script = [text('word0 '), text('something else'), finish()];
    const { start, rig, reliability } = createRig(
      createScriptedProvider('first', (_, number) => (number === 1 ? broken : other)),
    );
    const error = await readRejection(start('restart').then(readSlices));
    expect(error.reason).toBe('STREAM_CUT');
    expect(error.message).toBe(
      'The answer broke off and is incomplete; ask again. first/x was asked again, but it says something else.',
    );
    expect(rig.records).toMatchObject([
      { errorReason: 'STREAM_CUT', attempts: [{ errorReason: 'PROVIDER_CUT' }, { errorReason: 'STREAM_CUT' }] },
    ]);
    expect(reliability.health.read('first/x').state).toBe('closed');
  });

  test('ends with what broke it off when nobody can go on, and tells all attempts', async () => {
    const outage = createError('PROVIDER_FAILED', { provider: 'second', status: 500, problem: 'down' });
    const { start, rig } = createRig(
      createScriptedProvider('first', [text('word0 '), usage(7), cut]),
      createScriptedProvider('second', [outage]),
    );
    const error = await readRejection(start('restart').then(readSlices));
    expect([error.reason, error.message]).toEqual(['STREAM_CUT', expect.stringContaining('first broke off')]);
    expect(error.details.attempts?.map(({ model, errorCode }) => [model, errorCode])).toEqual([
      ['first/x', 'PROVIDER_CUT'],
      ['first/x', 'PROVIDER_CUT'],
      ['second/x', 'PROVIDER_FAILED'],
      ['second/x', 'PROVIDER_FAILED'],
    ]);
    expect(rig.records).toMatchObject([{ servedModel: 'first/x', usage: { totalTokens: 7 } }]);
  });

  test('is not tried after a tool call was begun, with several choices or probabilities, past what is kept, or past the end', async () => {
    const probable: ChatEvent = { kind: 'delta', delta: create(DeltaSchema, { content: 'a', logprobs: {} }) };
    const call: ChatEvent = { kind: 'delta', delta: create(DeltaSchema, { toolCalls: [{ id: '1' }] }) };
    for (const script of [
      [call, cut],
      [text('a'), text('b', 1), cut],
      [text('x'.repeat(1001)), cut],
      [probable, cut],
      [text('a'), finish(), cut],
    ]) {
      const second = createScriptedProvider('second', whole);
      const { start } = createRig(createScriptedProvider('first', script), second);
      expect((await readRejection(start('restart').then(readSlices))).reason).toBe('STREAM_CUT');
      expect(second.attempts).toEqual([]);
    }
  });

  test('stops when the client goes in the middle of it', async () => {
    const second = createScriptedProvider('second', [silence]);
    const { start, rig } = createRig(createScriptedProvider('first', broken), second);
    const reading = start('restart').then(readSlices);
    await settle();
    expect(second.attempts).toHaveLength(1);
    rig.stop('CALL_CANCELLED');
    expect((await readRejection(reading)).reason).toBe('CALL_CANCELLED');
    expect(rig.records).toMatchObject([{ errorReason: 'CALL_CANCELLED' }]);
    expect(second.endedAnswers).toBe(1);
  });

  test('lets go of an answer that begins after its reader has left', async () => {
    const token = Promise.withResolvers<void>();
    const second = createScriptedProvider('second', [token.promise, ...whole]);
    const { start } = createRig(createScriptedProvider('first', broken), second);
    const answer = await start('restart');
    const reading = readSlices(answer).catch(() => {});
    await settle();
    await answer.return();
    token.resolve();
    await reading;
    expect(second.endedAnswers).toBe(1);
  });

  test('leaves out the reasoning of the other try', async () => {
    const reasoning = (reasoningContent: string): ChatEvent => ({
      kind: 'delta',
      delta: create(DeltaSchema, { reasoningContent }),
    });
    const { read } = createRig(
      createScriptedProvider('first', [reasoning('hm'), cut]),
      createScriptedProvider('second', [reasoning('well'), text('Hi'), finish()]),
    );
    const { slices } = await read('restart');
    const said = slices.flatMap(({ case: kind, value }) =>
      kind === 'delta' ? [value.reasoningContent, value.content] : [],
    );
    expect(said).toEqual(['hm', undefined, undefined, 'Hi']);
  });
});

describe('continue', () => {
  test('asks for the rest where the model takes a turn of its own', async () => {
    const first = createScriptedProvider('first', (_, number) => (number === 1 ? broken : rest));
    const { read } = createRig(prefilled(first));
    const { content, finish: end } = await read('continue');
    expect(content).toBe(canonical);
    expect(first.attempts[1]?.request.messages).toMatchObject([
      { role: 'user', content: 'Hello!' },
      { role: 'assistant', content: words.slice(0, 40).join('') },
    ]);
    expect(first.attempts[0]?.request.messages).toHaveLength(1);
    expect(end.metadata?.warnings).toEqual([expect.stringContaining('first/x continued it from there')]);
  });

  test('tells the model nothing that ends with white space, and does not send that twice', async () => {
    const beginning: Script = [text('word0'), text(' '), cut];
    const first = createScriptedProvider('first', (_, number) => (number === 1 ? beginning : whole.slice(1)));
    const { read } = createRig(prefilled(first));
    expect((await read('continue')).content).toBe(canonical);
    expect(first.attempts[1]?.request.messages.at(-1)?.content).toBe('word0');
  });

  test.each<[string, Script, Script]>([
    ['a beginning that came again whole', [text('Hello '), cut], [text('Hello '), text('world'), finish()]],
    ['last words that came again', [text('Hello dear'), cut], [text('dear world'), finish()]],
  ])('ends with an error in place of %s', async (_what, beginning, again) => {
    const first = createScriptedProvider('first', (_, number) => (number === 1 ? beginning : again));
    const { start } = createRig(prefilled(first));
    const error = await readRejection(start('continue').then(readSlices));
    expect([error.reason, error.message]).toEqual([
      'STREAM_CUT',
      'The answer broke off and is incomplete; ask again. first/x was asked again, but it may have said something again, or twice.',
    ]);
  });

  test('gives what it had to hold before the end', async () => {
    const beginning: Script = [text('One. Two'), cut];
    const first = createScriptedProvider('first', (_, number) =>
      number === 1 ? beginning : [text('.'), finish(), usage(1)],
    );
    const { read } = createRig(prefilled(first));
    const { content, slices } = await read('continue');
    expect(content).toBe('One. Two.');
    expect(slices.map(({ case: kind }) => kind)).toEqual(['head', 'delta', 'delta', 'finish']);
  });

  test('can go on more than once', async () => {
    const scripts: readonly Script[] = [broken, [text(words[40] ?? ''), cut], [...rest.slice(1)]];
    const first = createScriptedProvider('first', (_, number) => scripts[number - 1] ?? []);
    const { read } = createRig(prefilled(first));
    expect((await read('continue')).content).toBe(canonical);
  });

  test('begins again where the model is not known to take one', async () => {
    const second = createScriptedProvider('second', whole);
    const { read } = createRig(createScriptedProvider('first', broken), second);
    expect((await read('continue')).content).toBe(canonical);
    expect(second.attempts[0]?.request.messages).toHaveLength(1);
  });

  test.each<[string, CallOptions]>([
    ['it reasons', { extraBody: { reasoning: { effort: 'high' } } }],
    ['its answer has a format', { request: { responseFormat: { type: 'json_object' } } }],
  ])('begins again when %s', async (_what, options) => {
    const first = createScriptedProvider('first', (_, number) => (number === 1 ? broken : whole));
    const { read } = createRig(prefilled(first));
    expect((await read('continue', options)).content).toBe(canonical);
    expect(first.attempts[1]?.request.messages).toHaveLength(1);
  });

  test('does not surface that a model refuses its own turn, and asks it in the other way', async () => {
    const refusal = createError('PROVIDER_REFUSED', { problem: 'no prefill' }, { httpStatus: 400 });
    const isPrefilled = (count: number): boolean => count > 1;
    const script = (good: Script) => (attempt: { request: { messages: readonly unknown[] } }) =>
      isPrefilled(attempt.request.messages.length) ? [refusal] : good;
    const { read } = createRig(
      prefilled(createScriptedProvider('first', script(broken))),
      prefilled(createScriptedProvider('second', script(whole))),
    );
    expect((await read('continue')).content).toBe(canonical);
    const refusing = createRig(
      prefilled(createScriptedProvider('first', script(broken))),
      prefilled(createScriptedProvider('second', [refusal])),
    );
    const error = await readRejection(refusing.start('continue').then(readSlices));
    expect([error.reason, error.message]).toEqual(['STREAM_CUT', expect.not.stringContaining('prefill')]);
  });
});

test('an answer that several attempts made has no cost, since the last one alone would be too little', async () => {
  const priced: ChatEvent = { kind: 'usage', usage: create(UsageSchema, { totalTokens: 60, cost: 0.25 }) };
  const answer: Script = [...whole.slice(0, -1), priced];
  const first = createScriptedProvider('first', (_, number) => (number === 2 ? [text('word0'), priced, cut] : answer));
  const { read, rig } = createRig(first);
  expect((await read('restart')).finish.usage).toMatchObject({ totalTokens: 60, cost: 0.25 });
  const recovered = await read('restart');
  expect([recovered.finish.usage?.totalTokens, recovered.finish.usage?.cost]).toEqual([60, undefined]);
  expect(rig.records.map((record) => record.usage?.cost)).toEqual([0.25, undefined]);
  // What broke off for good was one attempt's.
  const broken = createRig(
    createScriptedProvider('first', (_, number) => (number === 1 ? [text('a'), priced, cut] : [outage])),
  );
  await readRejection(broken.start('restart').then(readSlices));
  expect(broken.rig.records).toMatchObject([{ usage: { cost: 0.25 } }]);
  // What broke off again was not.
  const twice = createRig(createScriptedProvider('first', [text('a'), priced, cut]));
  await readRejection(twice.start('restart').then(readSlices));
  expect(twice.rig.records[0]?.usage).toMatchObject({ totalTokens: 60 });
  expect(twice.rig.records[0]?.usage?.cost).toBeUndefined();
});

test('what the request says goes before what the server does', async () => {
  const first = () => createScriptedProvider('first', (_, number) => (number === 1 ? broken : whole));
  const asked = createRig(first());
  expect((await asked.read('none', { extraBody: { recovery: 'restart' } })).content).toBe(canonical);
  const declined = createRig(first());
  const reading = declined.start('restart', { extraBody: { recovery: 'none' } }).then(readSlices);
  expect((await readRejection(reading)).reason).toBe('STREAM_CUT');
});
