import { describe, expect, it } from 'vitest';
import { readAttempt, readFirstToken } from '../../../src/catalog/speed/read-attempt.ts';
import type { ErrorReason } from '../../../src/core/error-registry.ts';
import { errorRegistry } from '../../../src/core/error-registry.ts';
import { createFailure, createMeasured } from './book-rig.ts';

describe('what an attempt says', () => {
  it('is its throughput when it was streamed, since its first token was told before', () => {
    expect(readAttempt(createMeasured(), 1500)).toEqual({
      tokenMs: { value: 20, weight: 1 },
      outcome: 'success',
    });
  });

  it('is its throughput as well when it was whole', () => {
    const whole = createMeasured({ isStreamed: false, timeToFirstTokenMs: 2970, durationMs: 2970 });
    expect(readAttempt(whole, 990)).toEqual({
      tokenMs: { value: 20, weight: 1 },
      outcome: 'success',
    });
    // However long the first token was expected to take, half of the time went into the answer.
    expect(readAttempt(whole, 60_000)).toMatchObject({ tokenMs: { value: 15 } });
  });

  it('is less of a throughput for a short answer, and none for one without tokens', () => {
    expect(readAttempt(createMeasured({ completionTokens: 5 }), 1500)).toMatchObject({ tokenMs: { weight: 0.1 } });
    for (const completionTokens of [undefined, 0, 1, Number.NaN]) {
      expect(readAttempt(createMeasured({ completionTokens }), 1500)).toMatchObject({ tokenMs: undefined });
    }
    expect(readAttempt(createMeasured({ durationMs: 300 }), 1500)).toMatchObject({ tokenMs: undefined });
  });

  it('is a failure for what a provider does, and for nothing else', () => {
    const attemptReasons: readonly ErrorReason[] = [
      'PROVIDER_UNREACHABLE',
      'PROVIDER_TIMEOUT',
      'FIRST_TOKEN_TIMEOUT',
      'PROVIDER_RATE_LIMITED',
      'PROVIDER_FAILED',
      'PROVIDER_CREDENTIALS',
      'PROVIDER_UNUSABLE',
      'PROVIDER_CUT',
    ];
    const known = Object.entries(errorRegistry).map(([reason]) => reason);
    expect(known).toEqual(expect.arrayContaining([...attemptReasons]));
    for (const errorReason of attemptReasons) {
      expect(readAttempt(createFailure({ errorReason }), 1500), errorReason).toEqual({
        outcome: 'failure',
        failureMs: 200,
      });
    }
    const others: readonly ErrorReason[] = [
      'PROVIDER_REFUSED',
      'CONTEXT_TOO_LONG',
      'CONTENT_REFUSED',
      'REQUEST_UNSUPPORTED',
      'INTERNAL',
    ];
    for (const errorReason of others) expect(readAttempt(createFailure({ errorReason }), 1500)).toBeUndefined();
  });

  it('is a failure also when it broke off after its first token', () => {
    const cut = createFailure({ errorReason: 'PROVIDER_CUT', timeToFirstTokenMs: 400, durationMs: 5000 });
    expect(readAttempt(cut, 1500)).toEqual({ outcome: 'failure', failureMs: 5000 });
  });

  it.each<ErrorReason>(['CALL_CANCELLED', 'CALL_DEADLINE', 'SERVER_DRAINING'])(
    'of a call that ended by %s is how long it waited in vain, if that is longer than expected',
    (errorReason) => {
      expect(readAttempt(createFailure({ errorReason, durationMs: 8000 }), 1500)).toEqual({ firstTokenMs: 8000 });
      expect(readAttempt(createFailure({ errorReason, durationMs: 800 }), 1500)).toBeUndefined();
      expect(readAttempt(createFailure({ errorReason, durationMs: 8000, isStreamed: false }), 1500)).toBeUndefined();
      const answered = createFailure({ errorReason, timeToFirstTokenMs: 400, durationMs: 8000 });
      expect(readAttempt(answered, 1500)).toEqual({ outcome: 'success' });
    },
  );

  it('is nothing when its times are none', () => {
    for (const durationMs of [Number.NaN, -1])
      expect(readAttempt(createMeasured({ durationMs }), 1500)).toBeUndefined();
    const strange = createMeasured({ timeToFirstTokenMs: Number.NaN });
    expect(readAttempt(strange, 1500)).toMatchObject({ outcome: 'success' });
  });

  it('is bounded: one call of hours counts as ten minutes', () => {
    const endless = createFailure({ durationMs: Number.POSITIVE_INFINITY });
    expect(readAttempt(endless, 1500)).toMatchObject({ failureMs: 600_000 });
    const stopped = createFailure({ errorReason: 'CALL_CANCELLED', durationMs: Number.POSITIVE_INFINITY });
    expect(readAttempt(stopped, 1500)).toEqual({ firstTokenMs: 600_000 });
  });
});

describe('what a first token says', () => {
  const firstToken = { generationId: 'gen-1', model: 'fast/model', isStreamed: true, timeToFirstTokenMs: 300 };

  it('is how long it took, ten minutes at most', () => {
    expect(readFirstToken(firstToken)).toEqual({ firstTokenMs: 300 });
    expect(readFirstToken({ ...firstToken, timeToFirstTokenMs: Number.POSITIVE_INFINITY })).toEqual({
      firstTokenMs: 600_000,
    });
  });

  it('is nothing of a whole answer, or when its time is none', () => {
    expect(readFirstToken({ ...firstToken, isStreamed: false })).toBeUndefined();
    for (const timeToFirstTokenMs of [Number.NaN, -1]) {
      expect(readFirstToken({ ...firstToken, timeToFirstTokenMs })).toBeUndefined();
    }
  });
});
