import type { ErrorReason } from '../../core/error-registry.ts';
import type { AttemptRecord, FirstToken } from '../../core/events.ts';
import { isProviderFault } from '../../core/is-provider-fault.ts';
import type { SpeedSample } from './speed-memory.ts';

/** What the book reads of an attempt that ended. */
export type MeasuredAttempt = Pick<
  AttemptRecord,
  'generationId' | 'model' | 'isStreamed' | 'timeToFirstTokenMs' | 'durationMs' | 'completionTokens' | 'errorReason'
>;

/** Ends that came from this side of the provider. */
const ownStops: ReadonlySet<ErrorReason> = new Set(['CALL_CANCELLED', 'CALL_DEADLINE', 'SERVER_DRAINING']);

/** An answer of so many tokens counts fully for throughput, a shorter one by its share: a few tokens come in one piece. */
const fullAnswerTokens = 50;

/** Times beyond this are taken for it, in milliseconds: one call must not outweigh a thousand. */
const maxTimeMs = 10 * 60 * 1000;

/**
 * What a first token says of its candidate's speed as soon as it is there.
 *
 * @returns `undefined` when it says nothing: what providers do before they send a whole answer cannot be told apart.
 */
export function readFirstToken({ isStreamed, timeToFirstTokenMs }: FirstToken): SpeedSample | undefined {
  const firstTokenMs = isStreamed ? boundTime(timeToFirstTokenMs) : undefined;
  return firstTokenMs === undefined ? undefined : { firstTokenMs };
}

/**
 * What the end of an attempt says of its candidate's speed.
 *
 * - The first token of a streamed attempt is not told again: it was when it came, see {@link readFirstToken}.
 * - A whole answer says how fast tokens come, once the time that their first one takes is subtracted, and whether it failed.
 * - A call that was stopped before its first token says that the token would have taken longer. That counts where it is news: when it
 *   waited for longer than was expected.
 *
 * @param expectedFirstTokenMs - what was expected of the candidate until now.
 * @returns `undefined` when it says nothing.
 */
export function readAttempt(attempt: MeasuredAttempt, expectedFirstTokenMs: number): SpeedSample | undefined {
  const { errorReason, isStreamed } = attempt;
  const durationMs = boundTime(attempt.durationMs);
  if (durationMs === undefined) return undefined;
  const firstTokenMs = isStreamed ? boundTime(attempt.timeToFirstTokenMs) : undefined;
  if (errorReason === undefined) {
    // What the tokens after the first took. A whole answer is taken to have spent half of its time on them at least.
    const tokensMs = durationMs - (isStreamed ? (firstTokenMs ?? 0) : Math.min(expectedFirstTokenMs, durationMs / 2));
    return { tokenMs: measureTokens(attempt.completionTokens, tokensMs), outcome: 'success' };
  }
  if (isProviderFault(errorReason)) return { outcome: 'failure', failureMs: durationMs };
  if (!isStreamed || !ownStops.has(errorReason)) return undefined;
  if (firstTokenMs !== undefined) return { outcome: 'success' };
  return durationMs > expectedFirstTokenMs ? { firstTokenMs: durationMs } : undefined;
}

function measureTokens(completionTokens: number | undefined, tokensMs: number): SpeedSample['tokenMs'] {
  if (completionTokens === undefined || !(completionTokens > 1) || !(tokensMs > 0)) return undefined;
  const value = tokensMs / (completionTokens - 1);
  return { value, weight: Math.min(1, completionTokens / fullAnswerTokens) };
}

/** @returns `undefined` for what is no time. */
function boundTime(timeMs: number | undefined): number | undefined {
  return timeMs !== undefined && timeMs >= 0 ? Math.min(timeMs, maxTimeMs) : undefined;
}
