import type { ChatCompletionRequest } from '../../gen/signalbox/chat/v1/chat_completion_request_pb.ts';
import type { ErrorReason } from './error-registry.ts';
import type { JsonObject } from './json.ts';
import type { Principal } from './principal.ts';

/** How a client speaks to the server. */
export type ClientProtocol = 'rest' | 'grpc' | 'grpc-web' | 'connect';

/**
 * Why a call was stopped from our side of the provider. It is the `reason` of the call's AbortSignal: a string made once, since
 * an AbortController that is aborted without a reason builds a DOMException with a stack trace each time.
 */
export type StopReason = Extract<ErrorReason, 'CALL_CANCELLED' | 'CALL_DEADLINE' | 'SERVER_DRAINING'>;

/** Whether a reason is one of our own stopping, and not of a provider's failing. */
export function isStopReason(reason: ErrorReason): reason is StopReason {
  return reason === 'CALL_CANCELLED' || reason === 'CALL_DEADLINE' || reason === 'SERVER_DRAINING';
}

/** One client request, its whole life. */
export interface ChatCall {
  readonly generationId: string;
  readonly principal: Principal;
  readonly protocol: ClientProtocol;
  readonly request: ChatCompletionRequest;
  /** The request's JSON as it came, where it came as JSON: what providers that speak OpenAI's format get unknown fields from. */
  readonly source: JsonObject | undefined;
  /** Whether the client wants the answer as it is generated. */
  readonly stream: boolean;
  /** Aborted with a {@link StopReason} when the client is gone, the deadline is over, or the server stops. */
  readonly signal: AbortSignal;
  /** When the request came, on the monotonic clock. */
  readonly receivedAtMs: number;
  /** When the call is stopped at the latest, on the monotonic clock: no wait past it begins. Default: never. */
  readonly deadlineAtMs?: number | undefined;
}
