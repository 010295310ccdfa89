import type { ChatCall } from '../core/chat-call.ts';
import { isStopReason } from '../core/chat-call.ts';
import type { Clock } from '../core/clock.ts';
import { toSignalboxError } from '../core/errors.ts';
import type { IdSource } from '../core/ids.ts';
import { CallLedger } from './call-ledger.ts';
import { ChatAnswer } from './chat-answer.ts';
import { collectAttempt } from './collect-attempt.ts';
import { type Plan, type PlanDependencies, type PlanLimits, planChat } from './plan-chat.ts';
import { type FailedAttempt, type OpenAttempt, runAttempt } from './run-attempt.ts';
import { summariseFailures } from './summarise-failures.ts';

/** What routing is built with. */
export interface RoutingDependencies extends PlanDependencies {
  readonly clock: Clock;
  readonly ids: IdSource;
  readonly limits: RoutingLimits;
}

/** What every call is bounded by. */
export interface RoutingLimits extends PlanLimits {
  /** The longest answer that is collected for a client that wants it whole, in characters of text, arguments and data. */
  readonly maxCollectedChars: number;
}

/**
 * Answers a call: plans it, tries the candidates in order, and commits to the first one that answers.
 *
 * For a streamed answer, the first token commits. For a whole one nothing has been sent until all of it is there, so only the
 * complete answer commits, and one that breaks off half-way is tried elsewhere.
 *
 * @returns the answer, once committed.
 * @throws SignalboxError that the client is to see, with the attempts that were made.
 */
export async function startChat(call: ChatCall, dependencies: RoutingDependencies): Promise<ChatAnswer> {
  const { clock, ids } = dependencies;
  const ledger = new CallLedger(call, clock, ids.createCompletionId());
  try {
    const { request, stream, principal } = call;
    const plan = planChat({ request, stream, workspace: principal.workspace }, dependencies, ledger.trace);
    const attempt = await runPlan(call, plan, ledger, dependencies);
    ledger.firstTokenAtMs = attempt.firstTokenAtMs;
    return new ChatAnswer({ call, plan, attempt, ledger, createdAtSeconds: Math.floor(clock.nowMs() / 1000) });
  } catch (thrown) {
    throw ledger.fail(toSignalboxError(thrown));
  }
}

async function runPlan(
  call: ChatCall,
  plan: Plan,
  ledger: CallLedger,
  { clock, limits }: RoutingDependencies,
): Promise<OpenAttempt> {
  const failures: FailedAttempt[] = [];
  for (const candidate of plan.candidates) {
    const started = await runAttempt(candidate, call, plan, clock);
    const outcome =
      call.stream || isFailed(started) ? started : await collectAttempt(started, limits.maxCollectedChars);
    if (!isFailed(outcome)) return outcome;
    ledger.add(outcome.record);
    failures.push(outcome);
    if (isStopReason(outcome.error.reason) || outcome.error.entry.retry === 'never') throw outcome.error;
  }
  throw summariseFailures(failures);
}

function isFailed(attempt: OpenAttempt | FailedAttempt): attempt is FailedAttempt {
  return 'error' in attempt;
}
