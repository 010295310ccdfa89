import { getEventListeners } from 'node:events';
import { describe, expect, it } from 'vitest';
import { createError, SignalboxError } from '../../../src/core/errors.ts';
import { type AccessToken, AccessTokens } from '../../../src/providers/google-vertex/access-tokens.ts';
import { createManualClock } from '../../contract/manual-clock.ts';

/** A store of tokens that the test gives one by one, in front of a clock that the test sets. */
function openTokens(timeoutMs = 5000) {
  const manual = createManualClock();
  let nowMs = manual.nowMs();
  const asked: { signal: AbortSignal; give: (token: AccessToken) => void; fail: (error: Error) => void }[] = [];
  const tokens = new AccessTokens({
    provider: 'vertex',
    clock: { ...manual, nowMs: () => nowMs },
    timeoutMs,
    fetchToken(signal) {
      const { promise, resolve, reject } = Promise.withResolvers<AccessToken>();
      asked.push({ signal, give: resolve, fail: reject });
      return promise;
    },
  });
  return {
    tokens,
    asked,
    nextTimer: () => manual.nextTimer(),
    passMs(durationMs: number) {
      nowMs += durationMs;
    },
    /** A token that lasts an hour. */
    token: (name: string): AccessToken => ({ headers: { authorization: name }, expiresAtMs: nowMs + 3_600_000 }),
  };
}

const { signal } = new AbortController();

describe('access tokens', () => {
  it('are kept until a minute before their end', async () => {
    const { tokens, asked, passMs, token } = openTokens();
    const first = tokens.headers(signal);
    asked[0]?.give(token('one'));
    expect(await first).toEqual({ authorization: 'one' });
    passMs(3_539_999);
    expect(await tokens.headers(signal)).toEqual({ authorization: 'one' });
    expect(asked).toHaveLength(1);
    passMs(1);
    const second = tokens.headers(signal);
    asked[1]?.give(token('two'));
    expect(await second).toEqual({ authorization: 'two' });
    expect(await tokens.headers(signal)).toEqual({ authorization: 'two' });
    expect(asked).toHaveLength(2);
  });

  it('are asked for once for all who wait', async () => {
    const { tokens, asked, token } = openTokens();
    const all = Promise.all(Array.from({ length: 20 }, () => tokens.headers(signal)));
    expect(asked).toHaveLength(1);
    asked[0]?.give(token('one'));
    expect(new Set((await all).map(({ authorization }) => authorization))).toEqual(new Set(['one']));
    expect(getEventListeners(signal, 'abort')).toEqual([]);
  });

  it('are asked for anew after a failure, which all who wait are told', async () => {
    const { tokens, asked, token } = openTokens();
    const failed = Promise.allSettled([tokens.headers(signal), tokens.headers(signal)]);
    const refused = createError('PROVIDER_CREDENTIALS', { provider: 'vertex', status: 400 });
    asked[0]?.fail(refused);
    expect(await failed).toEqual([
      { status: 'rejected', reason: refused },
      { status: 'rejected', reason: refused },
    ]);
    const next = tokens.headers(signal);
    asked[1]?.give(token('one'));
    expect(await next).toEqual({ authorization: 'one' });
  });

  it('come for the others when one who waits gives up', async () => {
    const { tokens, asked, token } = openTokens();
    const controller = new AbortController();
    const impatient = tokens.headers(controller.signal);
    const patient = tokens.headers(signal);
    controller.abort();
    await expect(impatient).rejects.toMatchObject({ kind: 'aborted' });
    expect(asked[0]?.signal.aborted).toBe(false);
    asked[0]?.give(token('one'));
    expect(await patient).toEqual({ authorization: 'one' });
    expect(getEventListeners(controller.signal, 'abort')).toEqual([]);
  });

  it('are kept also when all who waited gave up', async () => {
    const { tokens, asked, token } = openTokens();
    const controller = new AbortController();
    const waiting = tokens.headers(controller.signal);
    controller.abort();
    await expect(waiting).rejects.toMatchObject({ kind: 'aborted' });
    asked[0]?.give(token('one'));
    expect(await tokens.headers(signal)).toEqual({ authorization: 'one' });
    expect(asked).toHaveLength(1);
  });

  it('are not asked for by a call that is over', async () => {
    const { tokens, asked } = openTokens();
    await expect(tokens.headers(AbortSignal.abort())).rejects.toMatchObject({ kind: 'aborted' });
    expect(asked).toEqual([]);
  });

  it('are not waited for longer than allowed', async () => {
    const { tokens, asked, nextTimer, token } = openTokens(5000);
    const waiting = tokens.headers(signal);
    const timer = await nextTimer();
    expect(timer.delayMs).toBe(5000);
    timer.fire();
    const error = await waiting.catch((thrown: unknown) => thrown);
    expect(error).toBeInstanceOf(SignalboxError);
    expect(error).toMatchObject({ reason: 'PROVIDER_TIMEOUT', message: expect.stringContaining('5000 ms') });
    expect(asked[0]?.signal.aborted).toBe(true);
    // What comes too late is not mistaken for the next one.
    asked[0]?.give(token('late'));
    const next = tokens.headers(signal);
    asked[1]?.give(token('next'));
    expect(await next).toEqual({ authorization: 'next' });
  });

  it('leave no timer behind', async () => {
    const { tokens, asked, nextTimer, token } = openTokens();
    const waiting = tokens.headers(signal);
    asked[0]?.give(token('one'));
    await waiting;
    expect((await nextTimer()).isPending).toBe(false);
  });
});
