import type { ChatCall } from '../core/chat-call.ts';
import type { Clock } from '../core/clock.ts';
import { toSignalboxError } from '../core/errors.ts';
import type { IdSource } from '../core/ids.ts';
import { AttemptLoop, type AttemptLoopOptions } from './attempts/attempt-loop.ts';
import { plainReliability, type Reliability } from './attempts/reliability.ts';
import { CallLedger } from './call-ledger.ts';
import { ChatAnswer } from './chat-answer.ts';
import { type Plan, type PlanDependencies, type PlanLimits, planChat } from './plan-chat.ts';
import { recoverAttempt } from './recovery/recover-attempt.ts';
import { readRecovery } from './recovery/recovery.ts';
import type { OpenAttempt } from './run-attempt.ts';

/** What routing is built with. */
export interface RoutingDependencies extends PlanDependencies {
  readonly clock: Clock;
  readonly ids: IdSource;
  readonly limits: RoutingLimits;
  /** Retries, circuits, timeouts and recovery. Default: every candidate is tried once. */
  readonly reliability?: Reliability;
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
    const attempt = await openAttempt(call, plan, ledger, dependencies);
    ledger.commit(attempt);
    return new ChatAnswer({ call, plan, attempt, ledger, createdAtSeconds: Math.floor(clock.nowMs() / 1000) });
  } catch (thrown) {
    throw ledger.fail(toSignalboxError(thrown));
  }
}

/** @returns an attempt that has answered, and that goes on when it breaks off, if the request or the server says so. */
async function openAttempt(
  call: ChatCall,
  plan: Plan,
  ledger: CallLedger,
  { clock, limits, reliability = plainReliability }: RoutingDependencies,
): Promise<OpenAttempt> {
  const { maxCollectedChars } = limits;
  const onFailure: AttemptLoopOptions['onFailure'] = ({ record }) => ledger.add(record);
  const loop = new AttemptLoop({ call, plan, clock, reliability, maxCollectedChars, onFailure });
  const attempt = await loop.open();
  const kind = readRecovery(plan.request) ?? reliability.recovery;
  if (!call.stream || kind === 'none') return attempt;
  const { request } = plan;
  const onWarning = (warning: string): void => ledger.warn(warning);
  return recoverAttempt(attempt, { kind, loop, request, maxChars: maxCollectedChars, onWarning });
}
