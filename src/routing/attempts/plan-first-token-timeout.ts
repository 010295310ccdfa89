import type { ChatCompletionRequest } from '../../../gen/signalbox/chat/v1/chat_completion_request_pb.ts';
import type { Plan } from '../plan-chat.ts';
import type { Candidate } from '../resolve-model.ts';
import type { Reliability } from './reliability.ts';

/** How long one attempt may take to its first token. */
export interface FirstTokenTimeout {
  readonly timeoutMs: number;
  /** Whether the request set it. Then it says what the client's patience is, and not how the provider does. */
  readonly isAsked: boolean;
}

/**
 * Plans the first-token timeout of an attempt: the request's own, else the server's while there is another candidate to go to. Models think
 * for long before their first token, so a call that reasons gets more time.
 *
 * An answer that is wanted whole has it too: silence costs such a call as much. The provider is then asked for a stream. Sound is the
 * exception: some formats of it cannot be streamed.
 *
 * @returns `undefined`: as long as the call may take.
 */
export function planFirstTokenTimeout(
  candidate: Candidate,
  { plan, isStream, hasOthers }: { readonly plan: Plan; readonly isStream: boolean; readonly hasOthers: boolean },
  { firstTokenTimeoutMs, reasoningFirstTokenTimeoutMs, reasons }: Reliability,
): FirstTokenTimeout | undefined {
  if (plan.firstTokenTimeoutMs !== undefined) return { timeoutMs: plan.firstTokenTimeoutMs, isAsked: true };
  if (!hasOthers || (!isStream && wantsSound(plan.request))) return undefined;
  const isReasoning = readReasoningWish(plan.request) ?? reasons(candidate);
  const timeoutMs = isReasoning ? reasoningFirstTokenTimeoutMs : firstTokenTimeoutMs;
  return timeoutMs === 0 ? undefined : { timeoutMs, isAsked: false };
}

function wantsSound({ modalities }: ChatCompletionRequest): boolean {
  return modalities.includes('audio');
}

/** Whether the request asks for reasoning. `undefined`: it does not say. */
function readReasoningWish({ reasoningEffort, extraBody }: ChatCompletionRequest): boolean | undefined {
  const { effort = reasoningEffort, maxTokens } = extraBody?.reasoning ?? {};
  if (maxTokens !== undefined) return true;
  return effort === undefined ? undefined : effort !== 'none';
}
