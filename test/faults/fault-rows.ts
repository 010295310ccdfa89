import { always, type FaultScript, type FaultyProvider, healthy, once, onceThen } from '../support/fault-server.ts';
import { canonicalText } from '../support/faults/canonical-answer.ts';
import type { CallOutcome } from './fault-client.ts';
import type { FaultScale, Silence } from './fault-scale.ts';

/** One call of a row, and what the providers saw of it. */
export interface FaultCase {
  readonly isStreamed: boolean;
  readonly outcome: CallOutcome;
  readonly primary: FaultyProvider;
  readonly fallback: FaultyProvider;
  readonly scale: FaultScale;
}

/** What is wrong with a case, one sentence each. Empty: nothing. */
export type Judgement = string[];

/** One row of the table of faults. Row 15 is a series of calls: outage.ts. */
export interface FaultRow {
  readonly number: string;
  readonly fault: string;
  readonly primary: (scale: FaultScale) => FaultScript;
  /** Default: answers. */
  readonly fallback?: FaultScript;
  /** What makes the row take long. Default: nothing. */
  readonly silence?: Silence;
  /** What every call is held to. */
  readonly must: (seen: FaultCase) => Judgement;
  /** What makes it good. Default: nothing more. */
  readonly good?: (seen: FaultCase) => Judgement;
  /** Whether a stream is good only where the call asks for recovery. Default false. */
  readonly needsRecovery?: boolean;
}

const cutWords = 40;
const stallWords = 20;
const brokenEvent = 10;

/** The table, in its order. */
export const faultRows: readonly FaultRow[] = [
  {
    number: '1',
    fault: '429 with Retry-After: 2, once',
    primary: () => once({ kind: 'refuse', refusal: 'rate-limit', retryAfterS: 2 }),
    must: (seen) => [...judgeWhole(seen), ...atMost(2, seen), ...waited(1800, seen)],
  },
  {
    number: '2',
    fault: '429 for ever, no header',
    primary: () => always({ kind: 'refuse', refusal: 'rate-limit' }),
    must: (seen) => [...servedByFallback(seen), ...atMost(6, seen), ...atMostWithin(4, 3000, seen)],
  },
  {
    number: '3',
    fault: '500 once',
    primary: () => once({ kind: 'refuse', refusal: 'server-error' }),
    must: judgeWhole,
    good: servedByPrimary,
  },
  {
    number: '4, 16',
    fault: '503 for ever',
    primary: () => always({ kind: 'refuse', refusal: 'overloaded' }),
    must: (seen) => [...servedByFallback(seen), ...atMost(6, seen)],
    good: withUsage,
  },
  {
    number: '5',
    fault: 'TCP reset before headers, once',
    primary: () => once({ kind: 'reset' }),
    must: judgeWhole,
  },
  {
    number: '6',
    fault: 'accepts, then silent',
    primary: () => always({ kind: 'silent' }),
    silence: 'before',
    must: (seen) => [...servedByFallback(seen), ...primaryTriedOnce(seen)],
    good: (seen) => within(15, seen),
  },
  {
    number: '7',
    fault: 'first token after 20 s',
    primary: ({ lateFirstTokenMs }) => always({ kind: 'late', delayMs: lateFirstTokenMs }),
    silence: 'before',
    must: judgeWhole,
    good: (seen) => [...servedByFallback(seen), ...within(15, seen)],
  },
  {
    number: '8',
    fault: 'cut after 40 of 60 tokens',
    primary: () => always({ kind: 'cut', afterWords: cutWords }),
    must: neverTruncated,
    good: judgeWhole,
    needsRecovery: true,
  },
  {
    number: '9',
    fault: '20 tokens, then silence',
    primary: () => always({ kind: 'stall', afterWords: stallWords }),
    silence: 'inside',
    must: neverTruncated,
    good: judgeWhole,
    needsRecovery: true,
  },
  {
    number: '10',
    fault: 'tenth event is broken JSON',
    primary: () => always({ kind: 'broken-event', place: brokenEvent }),
    must: neverTruncated,
    good: judgeWhole,
    needsRecovery: true,
  },
  {
    number: '11',
    fault: 'no end marker after a finish reason',
    primary: () => always({ kind: 'unended' }),
    silence: 'after',
    must: (seen) => [...servedByPrimary(seen), ...within(8, seen)],
    good: withUsage,
  },
  {
    number: '12',
    fault: '400 context length exceeded',
    primary: () => always({ kind: 'refuse', refusal: 'context' }),
    must: (seen) => [...primaryTriedOnce(seen), ...wholeOrTold(/context|too long|token count/i, seen)],
  },
  {
    number: '13',
    fault: '400 content policy',
    primary: () => always({ kind: 'refuse', refusal: 'policy' }),
    must: (seen) => [...atMost(1, seen), ...told(/content (?:management|filtering) policy|responsible AI/i, seen)],
  },
  {
    number: '14',
    fault: 'cut, and the fallback refuses an assistant prefill',
    // So that it is the fallback that is asked for the rest.
    primary: () => onceThen({ kind: 'cut', afterWords: cutWords }, { kind: 'refuse', refusal: 'overloaded' }),
    fallback: always({ kind: 'no-prefill' }),
    must: (seen) => [...neverTruncated(seen), ...neverSays(/prefill|last role|end with a user/i, seen)],
    good: judgeWhole,
    needsRecovery: true,
  },
];

/** The script of a row's fallback. */
export function fallbackOf({ fallback = healthy }: FaultRow): FaultScript {
  return fallback;
}

function when(isWrong: boolean, problem: string): Judgement {
  return isWrong ? [problem] : [];
}

/** The answer is there, all of it and nothing twice, and ends as answers do. */
export function judgeWhole({ outcome: { text, hasEnd, error, servedModel } }: FaultCase): Judgement {
  if (error !== undefined) return [`it failed with ${error.reason}: ${error.message}`];
  return [
    ...when(text !== canonicalText, `its text is not the answer: ${text}`),
    ...when(!hasEnd, 'it has no end'),
    ...when(servedModel === undefined, 'it names no model'),
  ];
}

/**
 * What is no whole answer ends with an error that says so, in the protocol's own way. Of an answer that is not streamed nothing was sent, so
 * that it is always made whole.
 */
function neverTruncated(seen: FaultCase): Judgement {
  const { error, hasEnd, text } = seen.outcome;
  if (!seen.isStreamed || error === undefined) return judgeWhole(seen);
  return [
    ...when(hasEnd, 'it ends as a complete answer in spite of its error'),
    ...when(error.reason !== 'stream_cut', `it ends with ${error.reason} in place of stream_cut: ${error.message}`),
    ...when(!canonicalText.startsWith(text), `what it says is no beginning of the answer: ${text}`),
  ];
}

/** A provider gave the whole answer, and the answer says so. */
export function judgeServed(provider: FaultyProvider, seen: FaultCase): Judgement {
  const { servedModel } = seen.outcome;
  return [
    ...judgeWhole(seen),
    ...when(servedModel !== provider.model, `it names ${servedModel}, and ${provider.model} is to answer`),
  ];
}

function servedByPrimary(seen: FaultCase): Judgement {
  return judgeServed(seen.primary, seen);
}

function servedByFallback(seen: FaultCase): Judgement {
  return judgeServed(seen.fallback, seen);
}

function withUsage({ outcome }: FaultCase): Judgement {
  return when(!outcome.hasUsage, 'it has no usage');
}

/** How many requests the providers got. */
export function countAttempts({ primary, fallback }: Pick<FaultCase, 'primary' | 'fallback'>): number {
  return primary.arrivals.length + fallback.arrivals.length;
}

function atMost(most: number, seen: FaultCase): Judgement {
  const count = countAttempts(seen);
  return when(count > most, `there were ${count} attempts, and at most ${most} are allowed`);
}

/** At most so many attempts at the primary within a time from its first one. */
function atMostWithin(most: number, durationMs: number, { primary }: FaultCase): Judgement {
  const firstAtMs = primary.arrivals[0]?.atMs ?? 0;
  const count = primary.arrivals.filter(({ atMs }) => atMs - firstAtMs < durationMs).length;
  return when(count > most, `the primary was tried ${count} times within ${durationMs} ms, and ${most} are allowed`);
}

function primaryTriedOnce({ primary }: FaultCase): Judgement {
  const count = primary.arrivals.length;
  return when(count !== 1, `the primary was tried ${count} times, and once is right`);
}

/** The primary is left alone for as long as it asked for. */
function waited(waitMs: number, { primary }: FaultCase): Judgement {
  const [first, second] = primary.arrivals;
  const gapMs = (second?.atMs ?? Number.POSITIVE_INFINITY) - (first?.atMs ?? 0);
  return when(gapMs < waitMs, `the primary was tried again after ${Math.round(gapMs)} ms, and asked for more`);
}

/** Only where times are those of the table: a busy machine proves nothing. */
function within(seconds: number, { outcome, scale }: FaultCase): Judgement {
  const tookS = outcome.durationMs / 1000;
  return when(scale.isReal && tookS >= seconds, `it took ${tookS.toFixed(2)} s, and is to take less than ${seconds} s`);
}

/** The provider's own words reach the client, as the client's own mistake. */
function told(words: RegExp, { outcome: { error } }: FaultCase): Judgement {
  if (error === undefined) return ['it did not fail'];
  return [
    ...when(!words.test(error.message), `the reason is lost: ${error.message}`),
    ...when(
      ![400, 'InvalidArgument', 'FailedPrecondition'].includes(error.status),
      `${error.status} does not say that the request is at fault`,
    ),
  ];
}

function wholeOrTold(words: RegExp, seen: FaultCase): Judgement {
  return seen.outcome.error === undefined ? judgeWhole(seen) : told(words, seen);
}

function neverSays(words: RegExp, { outcome: { text, error } }: FaultCase): Judgement {
  const said = `${text} ${error?.message ?? ''}`;
  return when(words.test(said), `it shows the refusal: ${said}`);
}
