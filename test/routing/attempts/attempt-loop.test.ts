import { create } from '@bufbuild/protobuf';
import { describe, expect, test } from 'vitest';
import { ChatCompletionRequestSchema } from '../../../gen/signalbox/chat/v1/chat_completion_request_pb.ts';
import { createError, type SignalboxError } from '../../../src/core/errors.ts';
import { AttemptLoop } from '../../../src/routing/attempts/attempt-loop.ts';
import {
  createReliability,
  plainReliability,
  type ReliabilitySettings,
} from '../../../src/routing/attempts/reliability.ts';
import { collectCompletion } from '../../../src/routing/collect-completion.ts';
import type { Candidate } from '../../../src/routing/resolve-model.ts';
import { createRoutingRig, type RoutingRig, readRejection, readSlices, settle } from '../routing-rig.ts';
import { createScriptedProvider, finish, type Script, type ScriptOf, silence, text } from '../scripted-provider.ts';

const settings: ReliabilitySettings = {
  maxRetries: 2,
  maxRetryWaitMs: 10_000,
  firstTokenTimeoutMs: 15_000,
  reasoningFirstTokenTimeoutMs: 120_000,
  circuitMaxOpenMs: 20_000,
  recovery: 'none',
};
const good: Script = [text('Hi'), finish()];
const outage = createError('PROVIDER_FAILED', { provider: 'first', status: 503, problem: 'out of order' });

function rateLimit(retryAfterMs?: number): SignalboxError {
  return createError('PROVIDER_RATE_LIMITED', { provider: 'first', problem: 'too many' }, { retryAfterMs });
}

/** Fails with these, one an attempt, then answers. */
function failing(...errors: readonly Error[]): ScriptOf {
  return (_, number) => {
    const error = errors[number - 1];
    return error === undefined ? good : [error];
  };
}

interface Models {
  readonly random?: number;
  readonly contextTokensOf?: (candidate: Candidate) => number | undefined;
  readonly reasons?: (candidate: Candidate) => boolean;
}

function reliabilityOf({ clock }: RoutingRig, { random = 0, ...models }: Models = {}, changed = {}) {
  return createReliability({ ...settings, ...changed }, { clock, random: () => random, ...models });
}

describe('a model that its provider does not have', () => {
  const gone = createError('PROVIDER_REFUSED', { problem: 'The model x does not exist.' }, { httpStatus: 404 });

  test('lets the next candidate take the call, and is passed over when it is gone for good', async () => {
    const first = createScriptedProvider('first', [gone]);
    const second = createScriptedProvider('second', good);
    const rig = createRoutingRig(first, second);
    const reliability = reliabilityOf(rig);
    for (let call = 0; call < 20; call += 1) await readSlices(await rig.start({ reliability }));
    expect(rig.records[0]?.attempts.map(({ model, errorReason }) => [model, errorReason])).toEqual([
      ['first/x', 'PROVIDER_REFUSED'],
      ['second/x', undefined],
    ]);
    expect(first.attempts.length).toBeLessThan(20);
    expect(second.attempts).toHaveLength(20);
  });

  test('is told in the words of the first when nobody has it', async () => {
    const rig = createRoutingRig(createScriptedProvider('first', [gone]), createScriptedProvider('second', [gone]));
    const error = await readRejection(rig.start({ reliability: reliabilityOf(rig) }));
    expect(error).toMatchObject({
      reason: 'PROVIDER_REFUSED',
      httpStatus: 404,
      message: 'The model x does not exist.',
    });
    expect(rig.records[0]?.attempts).toHaveLength(2);
  });

  test('is not asked for again', async () => {
    const first = createScriptedProvider('first', [gone]);
    const rig = createRoutingRig(first);
    expect(await readRejection(rig.start({ reliability: reliabilityOf(rig) }))).toMatchObject({ httpStatus: 404 });
    expect(first.attempts).toHaveLength(1);
  });
});

describe('a single candidate', () => {
  test('is tried again, as often as is allowed', async () => {
    const first = createScriptedProvider('first', failing(outage, outage));
    const rig = createRoutingRig(first);
    const answer = await rig.start({ reliability: reliabilityOf(rig) });
    await readSlices(answer);
    expect(rig.records[0]?.attempts.map(({ model, errorReason }) => [model, errorReason])).toEqual([
      ['first/x', 'PROVIDER_FAILED'],
      ['first/x', 'PROVIDER_FAILED'],
      ['first/x', undefined],
    ]);
    const down = createScriptedProvider('first', [outage]);
    const downRig = createRoutingRig(down);
    const error = await readRejection(downRig.start({ reliability: reliabilityOf(downRig) }));
    expect([error.reason, down.attempts.length]).toEqual(['ATTEMPTS_FAILED', 3]);
  });

  test('is waited for as long as it asks', async () => {
    const first = createScriptedProvider('first', failing(rateLimit(2000)));
    const rig = createRoutingRig(first);
    const started = rig.start({ reliability: reliabilityOf(rig) });
    await settle();
    rig.clock.advance(1999);
    await settle();
    expect(first.attempts).toHaveLength(1);
    rig.clock.advance(1);
    expect((await started).head.model).toBe('first/x');
    expect(rig.clock.pendingTimers).toBe(0);
  });

  test('is not waited for past the deadline, or for longer than is allowed', async () => {
    for (const [retryAfterMs, deadlineMs] of [
      [2000, 2000],
      [10_001, 60_000],
    ] as const) {
      const first = createScriptedProvider('first', [rateLimit(retryAfterMs)]);
      const rig = createRoutingRig(first);
      const error = await readRejection(rig.start({ deadlineMs, reliability: reliabilityOf(rig) }));
      expect([error.reason, error.details.retryAfterMs]).toEqual(['ATTEMPTS_RATE_LIMITED', retryAfterMs]);
      expect(first.attempts).toHaveLength(1);
    }
  });

  test('is waited for no more once the client is gone', async () => {
    const first = createScriptedProvider('first', [rateLimit(2000)]);
    const rig = createRoutingRig(first);
    const started = rig.start({ reliability: reliabilityOf(rig) });
    await settle();
    rig.stop('CALL_CANCELLED');
    expect((await readRejection(started)).reason).toBe('CALL_CANCELLED');
    expect([first.attempts.length, rig.clock.pendingTimers]).toEqual([1, 0]);
  });

  test('is called however often it failed', async () => {
    const first = createScriptedProvider('first', [outage]);
    const rig = createRoutingRig(first);
    const reliability = reliabilityOf(rig);
    for (let call = 0; call < 10; call += 1) await readRejection(rig.start({ reliability }));
    expect(reliability.health.isFailing('first/x')).toBe(true);
    const before = first.attempts.length;
    await readRejection(rig.start({ reliability }));
    expect(first.attempts.length).toBeGreaterThan(before);
  });
});

describe('with a fallback', () => {
  const second = () => createScriptedProvider('second', good);

  test('a failure is tried again once, then the fallback answers', async () => {
    const once = createScriptedProvider('first', failing(outage));
    const onceRig = createRoutingRig(once, second());
    expect((await onceRig.start({ reliability: reliabilityOf(onceRig) })).head.model).toBe('first/x');
    const always = createScriptedProvider('first', [outage]);
    const rig = createRoutingRig(always, second());
    expect((await rig.start({ reliability: reliabilityOf(rig) })).head.model).toBe('second/x');
    expect(always.attempts).toHaveLength(2);
  });

  test('a rate limit is answered by the fallback at once', async () => {
    for (const error of [rateLimit(), rateLimit(2000)]) {
      const first = createScriptedProvider('first', [error]);
      const rig = createRoutingRig(first, second());
      expect((await rig.start({ reliability: reliabilityOf(rig) })).head.model).toBe('second/x');
      expect(first.attempts).toHaveLength(1);
    }
  });

  test('both out of order: few attempts, and all of them are told', async () => {
    for (const error of [outage, rateLimit(), createError('PROVIDER_CUT', { provider: 'p', problem: 'gone' })]) {
      const providers = ['first', 'second'].map((id) => createScriptedProvider(id, [error]));
      const rig = createRoutingRig(...providers);
      const failed = await readRejection(rig.start({ reliability: reliabilityOf(rig) }));
      const count = providers.reduce((sum, { attempts }) => sum + attempts.length, 0);
      expect(count).toBeLessThanOrEqual(4);
      expect(failed.details.attempts).toHaveLength(count);
    }
  });

  test.each([
    ['15 s', {}, {}, 15_000],
    ['120 s when the request asks for reasoning', { reasoning: { effort: 'high' } }, {}, 120_000],
    ['15 s when it asks for none', { reasoning: { effort: 'none' } }, {}, 15_000],
    ['120 s when the model reasons', {}, { reasons: ({ id }: Candidate) => id === 'first/x' }, 120_000],
    ['what the request asks for', { fallback: { ttftTimeout: '1s' } }, {}, 1000],
  ] as const)('a first token may take %s', async (_what, extraBody, models, timeoutMs) => {
    for (const stream of [true, false]) {
      const first = createScriptedProvider('first', [silence]);
      const rig = createRoutingRig(first, second());
      const started = rig.start({ extraBody, stream, reliability: reliabilityOf(rig, models) });
      await settle();
      rig.clock.advance(timeoutMs - 1);
      await settle();
      expect(first.attempts).toMatchObject([{ signal: { aborted: false }, stream: true }]);
      rig.clock.advance(1);
      expect((await started).head.model).toBe('second/x');
      expect([first.attempts.length, first.endedAnswers]).toEqual([1, 1]);
    }
  });

  test('the last candidate may take as long as the call, and is asked as the client asks', async () => {
    const last = createScriptedProvider('second', [silence]);
    const rig = createRoutingRig(createScriptedProvider('first', [rateLimit()]), last);
    const started = rig.start({ stream: false, reliability: reliabilityOf(rig) });
    await settle();
    expect([rig.clock.pendingTimers, last.attempts[0]?.stream]).toEqual([0, false]);
    rig.stop('CALL_DEADLINE');
    expect((await readRejection(started)).reason).toBe('CALL_DEADLINE');
  });

  test('sound is not asked for as a stream', async () => {
    const first = createScriptedProvider('first', good);
    const rig = createRoutingRig(first, second());
    const request = { modalities: ['text', 'audio'] };
    await rig.start({ stream: false, request, reliability: reliabilityOf(rig) });
    expect(first.attempts).toMatchObject([{ stream: false }]);
  });

  test('a provider that does not stream is asked for the whole answer', async () => {
    const refusal = createError('PROVIDER_REFUSED', { problem: 'verify your organisation' }, { param: 'stream' });
    const first = createScriptedProvider('first', ({ stream }) => (stream ? [refusal] : good));
    const rig = createRoutingRig(first, second());
    const reliability = reliabilityOf(rig);
    const { model } = await collectCompletion(await rig.start({ stream: false, reliability }));
    expect([model, first.attempts.map(({ stream }) => stream)]).toEqual(['first/x', [true, false]]);
    // To a client that wants a stream it is the answer.
    expect((await readRejection(rig.start({ reliability }))).reason).toBe('PROVIDER_REFUSED');
  });

  test('an answer that is too long is not asked for twice', async () => {
    const first = createScriptedProvider('first', [text('x'.repeat(2000)), finish()]);
    const rig = createRoutingRig(first, second());
    await rig.start({ stream: false, reliability: reliabilityOf(rig) });
    expect(first.attempts).toHaveLength(1);
  });

  test("a request's own impatience is not held against a model", async () => {
    const first = createScriptedProvider('first', [silence]);
    const rig = createRoutingRig(first, second());
    const reliability = reliabilityOf(rig);
    for (let call = 0; call < 10; call += 1) {
      const started = rig.start({ extraBody: { fallback: { ttftTimeout: '300ms' } }, reliability });
      await settle();
      rig.clock.advance(300);
      await started;
    }
    expect([first.attempts.length, reliability.health.isFailing('first/x')]).toEqual([10, false]);
  });
});

describe('what becomes of an attempt is told of its model', () => {
  const second = () => createScriptedProvider('second', good);

  test('also when its answer breaks off later', async () => {
    const cut = createError('PROVIDER_CUT', { provider: 'first', problem: 'gone' });
    const rig = createRoutingRig(createScriptedProvider('first', [text('a'), cut]), second());
    const reliability = reliabilityOf(rig);
    for (let call = 0; call < 5; call += 1) {
      expect(reliability.health.isFailing('first/x')).toBe(false);
      await readRejection(rig.start({ reliability }).then(readSlices));
    }
    expect(reliability.health.isFailing('first/x')).toBe(true);
    expect((await rig.start({ reliability })).head.model).toBe('second/x');
  });

  test('a probe whose client leaves says nothing, and leaves its place to the next', async () => {
    const first = createScriptedProvider('first', (_, number) => (number === 6 ? [silence] : [outage]));
    const rig = createRoutingRig(first, second());
    const reliability = reliabilityOf(rig);
    for (let call = 0; call < 3; call += 1) await rig.start({ reliability });
    expect([first.attempts.length, reliability.health.isFailing('first/x')]).toEqual([5, true]);
    rig.clock.advance(5000);
    const probing = rig.start({ reliability });
    await settle();
    expect([first.attempts.length, reliability.health.admits('first/x')]).toEqual([6, false]);
    rig.stop('CALL_CANCELLED');
    expect((await readRejection(probing)).reason).toBe('CALL_CANCELLED');
    expect([reliability.health.read('first/x').state, reliability.health.admits('first/x')]).toEqual([
      'half-open',
      true,
    ]);
  });

  test('of two calls at once only one probes', async () => {
    const first = createScriptedProvider('first', (_, number) => (number === 6 ? [silence] : [outage]));
    const rig = createRoutingRig(first, second());
    const reliability = reliabilityOf(rig);
    for (let call = 0; call < 3; call += 1) await rig.start({ reliability });
    rig.clock.advance(5000);
    const probing = rig.start({ reliability });
    expect((await rig.start({ reliability })).head.model).toBe('second/x');
    expect(first.attempts).toHaveLength(6);
    rig.clock.advance(15_000);
    expect((await probing).head.model).toBe('second/x');
    expect(reliability.health.isFailing('first/x')).toBe(true);
  });

  test('in a ranking, the next is looked for at another provider', async () => {
    const rig = createRoutingRig(createScriptedProvider('first', [outage]));
    const first = createScriptedProvider('first', [outage]);
    const other = second();
    const candidates = [
      { id: 'first/x', model: 'x', entry: undefined, provider: first },
      { id: 'first/y', model: 'y', entry: undefined, provider: first },
      { id: 'second/x', model: 'x', entry: undefined, provider: other },
    ];
    for (const isRanked of [true, false]) {
      const controller = new AbortController();
      const request = create(ChatCompletionRequestSchema, { model: 'auto' });
      const loop = new AttemptLoop({
        call: {
          generationId: '00000000-0000-4000-8000-000000000000',
          principal: { workspace: 'default', keyId: 'test', scopes: new Set(['inference']) },
          protocol: 'rest',
          request,
          source: undefined,
          stream: true,
          signal: controller.signal,
          receivedAtMs: 0,
        },
        plan: {
          request,
          candidates,
          isRanked,
          ranking: undefined,
          decision: undefined,
          firstTokenTimeoutMs: undefined,
          excludesReasoning: false,
          warnings: [],
        },
        clock: rig.clock,
        reliability: plainReliability,
        maxCollectedChars: 1000,
        onFailure: () => {},
      });
      const { candidate } = await loop.open();
      expect(candidate.id).toBe('second/x');
      expect(first.attempts.map(({ model }) => model)).toEqual(isRanked ? ['x'] : ['x', 'x', 'y']);
    }
  });
});

describe('a request that is at fault', () => {
  test('is sent once, and its reason kept', async () => {
    const refused = createError('CONTENT_REFUSED', { problem: 'Not this.' });
    const second = createScriptedProvider('second', good);
    const rig = createRoutingRig(createScriptedProvider('first', [refused]), second);
    const error = await readRejection(rig.start({ reliability: reliabilityOf(rig) }));
    expect([error.reason, error.message, error.details.attempts?.length]).toEqual(['CONTENT_REFUSED', 'Not this.', 1]);
    expect(second.attempts).toEqual([]);
  });

  test('when it is too long goes to models that are known to take more, and to no other', async () => {
    const tooLong = createError('CONTEXT_TOO_LONG', { problem: 'Too long.' });
    const sizes: Readonly<Record<string, number>> = { 'first/x': 8000, 'second/x': 8000, 'third/x': 200_000 };
    const contextTokensOf = ({ id }: Candidate) => sizes[id];
    const [first, second, third, unknown] = [
      createScriptedProvider('first', [tooLong]),
      createScriptedProvider('second', good),
      createScriptedProvider('third', good),
      createScriptedProvider('fourth', good),
    ];
    const rig = createRoutingRig(first, second, unknown, third);
    const reliability = reliabilityOf(rig, { contextTokensOf });
    expect((await rig.start({ reliability })).head.model).toBe('third/x');
    expect([first.attempts.length, second.attempts.length, unknown.attempts.length]).toEqual([1, 0, 0]);
    const small = createRoutingRig(first, second, unknown);
    const error = await readRejection(small.start({ reliability: reliabilityOf(small, { contextTokensOf }) }));
    expect([error.reason, error.message, error.httpStatus]).toEqual(['CONTEXT_TOO_LONG', 'Too long.', 400]);
  });
});

test('a primary that is out of order for a minute: all calls are answered, with few probes, and it is back soon after', async () => {
  let isDown = true;
  const primary = createScriptedProvider('first', () => (isDown ? [outage] : good));
  const rig = createRoutingRig(primary, createScriptedProvider('second', good));
  const reliability = reliabilityOf(rig, { random: 0 });
  const served: string[] = [];
  const tries: number[] = [];
  for (let call = 0; call < 24; call += 1) {
    isDown = rig.clock.monotonicMs() < 60_000;
    const answer = await rig.start({ reliability });
    served.push(answer.head.model);
    tries.push(primary.attempts.length);
    await readSlices(answer);
    rig.clock.advance(4000);
  }
  expect(served.slice(0, 15)).toEqual(Array.from({ length: 15 }, () => 'second/x'));
  // Six until it is clear, then a probe 5, 10 and 20 seconds after.
  expect(tries[14]).toBe(9);
  const back = served.indexOf('first/x');
  expect(back * 4000 - 60_000).toBeLessThanOrEqual(30_000);
  expect(new Set(served.slice(back))).toEqual(new Set(['first/x']));
});
