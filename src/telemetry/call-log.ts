import { type ErrorReason, errorRegistry } from '../core/error-registry.ts';
import type { AttemptRecord, CallRecord, CircuitChange, RejectedRequest } from '../core/events.ts';
import { cutText } from './cut-text.ts';
import type { EventSink } from './event-sink.ts';
import { encodeError } from './logged-error.ts';
import type { Logger } from './logger.ts';

type OutcomeLevel = 'info' | 'warn' | 'error';

/** Of what the caller chose: model names and paths have no bound of their own. */
const maxNameLength = 200;
const maxProviderMessageLength = 2000;

/**
 * Logs one line for each call that ended, one for each request that was turned away, and one whenever a model's circuit opens or closes
 * or the server's overload begins or ends.
 *
 * No line holds anything of a prompt, an answer or a secret. What a provider says of a failed attempt may repeat the prompt, so
 * it is not in the call's line: it is a line of its own, at debug.
 */
export function createCallLog(logger: Logger): EventSink {
  return {
    attemptEnded(attempt) {
      if (attempt.errorReason !== undefined && logger.isLevelEnabled('debug')) {
        logger.debug(encodeFailedAttempt(attempt), 'attempt failed');
      }
    },
    callEnded(call) {
      const level = levelOf(call.errorReason);
      if (logger.isLevelEnabled(level)) {
        logger[level](encodeCall(call), call.errorReason === undefined ? 'call answered' : 'call failed');
      }
    },
    circuitChanged(change) {
      if (change.to === 'open') {
        logger.warn(encodeCircuit(change), 'circuit opened');
      } else if (change.to === 'closed') {
        logger.info(encodeCircuit(change), 'circuit closed');
      }
    },
    overloadChanged({ cause }) {
      if (cause === undefined) {
        logger.info('overload over');
      } else {
        logger.warn({ cause }, 'overloaded');
      }
    },
    requestRejected(rejected) {
      const level = levelOf(rejected.errorReason);
      if (logger.isLevelEnabled(level)) {
        logger[level](encodeRejected(rejected), 'request rejected');
      }
    },
  };
}

/** An error when the server is at fault, a warning when a provider is or the server is short of something, else information. */
function levelOf(reason: ErrorReason | undefined): OutcomeLevel {
  if (reason === undefined) {
    return 'info';
  }
  if (reason === 'INTERNAL') {
    return 'error';
  }
  const { httpStatus } = errorRegistry[reason];
  return httpStatus >= 500 || httpStatus === 429 ? 'warn' : 'info';
}

function encodeCall(call: CallRecord): object {
  const { usage } = call;
  return {
    generation_id: call.generationId,
    completion_id: call.completionId,
    protocol: call.protocol,
    stream: call.stream,
    workspace: call.workspace,
    key_id: call.keyId,
    requested_model: cutText(call.requestedModel, maxNameLength),
    router: call.router,
    route_id: call.routeId,
    variant_id: call.variantId,
    served_model: cutName(call.servedModel),
    provider: call.provider,
    attempts: call.attempts.map(encodeAttempt),
    finish_reasons: call.finishReasons,
    prompt_tokens: usage?.promptTokens,
    completion_tokens: usage?.completionTokens,
    total_tokens: usage?.totalTokens,
    cached_tokens: usage?.promptTokensDetails?.cachedTokens,
    cache_write_tokens: usage?.promptTokensDetails?.cacheWriteTokens,
    reasoning_tokens: usage?.completionTokensDetails?.reasoningTokens,
    cost_usd: usage?.cost,
    ttft_ms: roundMs(call.timeToFirstTokenMs),
    duration_ms: roundMs(call.durationMs),
    outcome: call.errorReason === undefined ? 'ok' : 'error',
    error_reason: call.errorReason,
    cause: encodeCause(call),
  };
}

function encodeAttempt(attempt: AttemptRecord): object {
  return {
    model: cutText(attempt.model, maxNameLength),
    error_reason: attempt.errorReason,
    ttft_ms: roundMs(attempt.timeToFirstTokenMs),
    duration_ms: roundMs(attempt.durationMs),
  };
}

function encodeFailedAttempt(attempt: AttemptRecord): object {
  return {
    generation_id: attempt.generationId,
    provider: attempt.provider,
    model: cutText(attempt.model, maxNameLength),
    error_reason: attempt.errorReason,
    error_message:
      attempt.errorMessage === undefined ? undefined : cutText(attempt.errorMessage, maxProviderMessageLength),
  };
}

function encodeCircuit({ provider, model, openMs }: CircuitChange): object {
  return { provider, model: cutText(model, maxNameLength), open_ms: roundMs(openMs) };
}

function encodeRejected(rejected: RejectedRequest): object {
  return {
    protocol: rejected.protocol,
    path: cutText(withoutQuery(rejected.path), maxNameLength),
    outcome: 'rejected',
    error_reason: rejected.errorReason,
    http_status: rejected.httpStatus,
    cause: encodeCause(rejected),
  };
}

/** Only an INTERNAL error has a cause that its reason does not tell. */
function encodeCause(ended: CallRecord | RejectedRequest): object | undefined {
  return ended.errorReason === 'INTERNAL' && ended.cause !== undefined ? encodeError(ended.cause) : undefined;
}

/** Some clients put their key into the query. */
function withoutQuery(path: string): string {
  const end = path.search(/[?#]/);
  return end === -1 ? path : path.slice(0, end);
}

function cutName(name: string | undefined): string | undefined {
  return name === undefined ? undefined : cutText(name, maxNameLength);
}

/** To tenths: the monotonic clock gives more digits than mean anything. */
function roundMs(ms: number | undefined): number | undefined {
  return ms === undefined ? undefined : Math.round(ms * 10) / 10;
}
