import type { ChatCompletionRequest } from '../../gen/signalbox/chat/v1/chat_completion_request_pb.ts';
import { createError } from '../core/errors.ts';
import { createFieldError } from '../core/json-fields.ts';
import type { ProviderDirectory } from '../providers/provider-directory.ts';
import { parseDurationMs } from './parse-duration.ts';
import { type Candidate, resolveModel } from './resolve-model.ts';

/** The ordered candidates of one call, and what holds for each attempt. */
export interface Plan {
  /** At least one. */
  readonly candidates: readonly Candidate[];
  /** How long an attempt may take to its first token, in milliseconds. `undefined`: as long as the call may. */
  readonly firstTokenTimeoutMs: number | undefined;
  /** Whether the reasoning text stays out of the answer. */
  readonly excludesReasoning: boolean;
  /** What of the request has no effect, one sentence each. */
  readonly warnings: readonly string[];
}

/** What a plan is bounded by. */
export interface PlanLimits {
  /** The most attempts of one call. */
  readonly maxAttempts: number;
}

/** The shortest first-token timeout that a client may ask for: below it, healthy models would be given up. */
const minFirstTokenTimeoutMs = 300;

/** Past this a longer one makes no difference: calls may not take as long (calls.timeout_ms), and timers hold 31 bits. */
const maxFirstTokenTimeoutMs = 86_400_000;

/**
 * Plans a call: the named model, then the fallbacks of `extra_body.models` in their order, without what `extra_body.ignore` names.
 *
 * A fallback that cannot be resolved is refused with the same error as the model itself, so that a misspelt one shows at the first
 * call and not in the outage that it was meant for.
 *
 * @throws SignalboxError as resolveModel, and INVALID_FIELD, NO_CANDIDATE or WEB_SEARCH_UNAVAILABLE.
 */
export function planChat(request: ChatCompletionRequest, providers: ProviderDirectory, limits: PlanLimits): Plan {
  if (request.messages.length === 0) throw createFieldError('messages', 'it must have at least one message');
  if (request.webSearch !== undefined || request.extraBody?.webSearch !== undefined) {
    throw createError('WEB_SEARCH_UNAVAILABLE', {}, { param: 'web_search' });
  }
  const candidates = planCandidates(request, providers);
  return {
    candidates: candidates.slice(0, limits.maxAttempts),
    firstTokenTimeoutMs: planFirstTokenTimeout(request),
    excludesReasoning: request.extraBody?.reasoning?.exclude ?? false,
    warnings: [...listWarnings(request), ...warnOfCut(candidates.length, limits.maxAttempts)],
  };
}

function planCandidates(request: ChatCompletionRequest, providers: ProviderDirectory): Candidate[] {
  const { models = [], ignore = [] } = request.extraBody ?? {};
  const named = [
    resolveModel(request.model, 'model', providers),
    ...models.map((model, index) => resolveModel(model, `extra_body.models[${index}]`, providers)),
  ];
  const ignored = new Set(ignore);
  const seen = new Set<string>();
  const candidates = named.filter(({ id, provider }) => {
    if (ignored.has(id) || ignored.has(provider.id) || seen.has(id)) return false;
    seen.add(id);
    return true;
  });
  if (candidates.length === 0) throw createError('NO_CANDIDATE', {}, { param: 'extra_body.ignore' });
  return candidates;
}

function warnOfCut(count: number, maxAttempts: number): string[] {
  if (count <= maxAttempts) return [];
  return [`only the first ${maxAttempts} of ${count} models may be tried: the server allows no more attempts.`];
}

function planFirstTokenTimeout(request: ChatCompletionRequest): number | undefined {
  const text = request.extraBody?.fallback?.ttftTimeout;
  if (text === undefined) return undefined;
  const field = 'extra_body.fallback.ttft_timeout';
  const timeoutMs = parseDurationMs(text);
  if (timeoutMs === undefined) throw createFieldError(field, 'it must be a duration such as 300ms, 1s or 1.5s');
  if (timeoutMs < minFirstTokenTimeoutMs) {
    throw createFieldError(field, `it must be at least ${minFirstTokenTimeoutMs}ms`);
  }
  return Math.min(timeoutMs, maxFirstTokenTimeoutMs);
}

function listWarnings(request: ChatCompletionRequest): string[] {
  const warnings: string[] = [];
  const recovery = request.extraBody?.recovery ?? 'none';
  if (recovery !== 'none') {
    warnings.push(
      `recovery "${recovery}" has no effect here: an answer that breaks off after its first text ends with an error.`,
    );
  }
  const { sort = [], provider, promptVariables = {} } = request.extraBody ?? {};
  if (sort.length > 0) warnings.push('sort has no effect: the models are named, and tried in the order given.');
  if (provider !== undefined) warnings.push('provider has no effect: the model names its provider.');
  if (Object.keys(promptVariables).length > 0) {
    warnings.push('prompt_variables has no effect: only the templates of a router have variables.');
  }
  if (request.messages.some((message) => message.compression !== undefined)) {
    warnings.push('compression has no effect here: messages are sent whole.');
  }
  return warnings;
}
