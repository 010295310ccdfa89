import { create } from '@bufbuild/protobuf';
import {
  type ChatCompletionRequest,
  ChatCompletionRequestSchema,
  type ExtraBody,
  ExtraBodySchema,
  FallbackSchema,
} from '../../gen/signalbox/chat/v1/chat_completion_request_pb.ts';
import type { Message } from '../../gen/signalbox/chat/v1/message_pb.ts';
import { type Reasoning, ReasoningSchema } from '../../gen/signalbox/chat/v1/reasoning_pb.ts';
import type { TextGenerationConfig } from '../../gen/signalbox/router/v1/variant_pb.ts';
import type { VariantProgram } from '../routers/router-program.ts';

/**
 * The request that a variant makes of the client's: the variant's model, its messages before the request's, and its settings where the
 * request has none of its own.
 *
 * @param templates - the variant's messages, with their variables filled in.
 */
export function applyVariant(
  request: ChatCompletionRequest,
  variant: VariantProgram,
  templates: readonly Message[],
): ChatCompletionRequest {
  const { $typeName: _, ...fields } = request;
  const applied = create(ChatCompletionRequestSchema, {
    ...fields,
    model: variant.modelId,
    messages: [...templates, ...request.messages],
  });
  if (variant.config !== undefined) applyConfig(applied, variant.config);
  applySearch(applied, variant);
  applied.extraBody = mergeExtraBody(request, variant);
  return applied;
}

function applyConfig(request: ChatCompletionRequest, config: TextGenerationConfig): void {
  request.temperature ??= config.temperature;
  request.topP ??= config.topP;
  request.presencePenalty ??= config.presencePenalty;
  request.frequencyPenalty ??= config.frequencyPenalty;
  request.seed ??= config.seed;
  if (request.maxCompletionTokens === undefined) request.maxTokens ??= config.maxTokens;
  if (request.stop.length === 0) request.stop = [...config.stopSequences];
  if (Object.keys(request.logitBias).length === 0) {
    request.logitBias = Object.fromEntries(config.logitBias.map(({ tokenId, biasValue }) => [tokenId, biasValue]));
  }
  // OpenAI's API does not have it; the providers that know it take it under this name at the root.
  if (config.repetitionPenalty !== undefined) {
    request.extraFields = { repetition_penalty: config.repetitionPenalty, ...request.extraFields };
  }
}

/** A request that searches in one way is not to search in the variant's other way too. */
function applySearch(request: ChatCompletionRequest, { webSearch, webSearchOptions }: VariantProgram): void {
  const { extraBody } = request;
  const searches = [
    request.webSearch,
    request.webSearchOptions,
    extraBody?.webSearch,
    extraBody?.webSearchOptions,
  ].some((search) => search !== undefined);
  if (searches) return;
  if (webSearch !== undefined) request.webSearch = webSearch;
  if (webSearchOptions !== undefined) request.webSearchOptions = webSearchOptions;
}

function mergeExtraBody(request: ChatCompletionRequest, variant: VariantProgram): ExtraBody {
  const { $typeName: _, ...own } = request.extraBody ?? create(ExtraBodySchema);
  const { selection, firstTokenTimeout, recovery } = variant;
  const extraBody = create(ExtraBodySchema, own);
  if (selection !== undefined) {
    if (own.models.length === 0) extraBody.models = [...selection.models];
    if (own.provider === undefined && selection.provider !== undefined) extraBody.provider = selection.provider;
    // What either side never wants used is not used.
    extraBody.ignore = [...own.ignore, ...selection.ignore];
  }
  if (own.fallback?.ttftTimeout === undefined && firstTokenTimeout !== undefined) {
    extraBody.fallback = create(FallbackSchema, { ttftTimeout: firstTokenTimeout });
  }
  if (own.recovery === undefined && recovery !== undefined) extraBody.recovery = recovery;
  const reasoning = mergeReasoning(request, variant.config?.reasoning);
  if (reasoning !== undefined) extraBody.reasoning = reasoning;
  return extraBody;
}

/** How hard to reason is one choice, whether it is said as an effort or as a budget: whoever makes it makes all of it. */
function mergeReasoning(request: ChatCompletionRequest, config: Reasoning | undefined): Reasoning | undefined {
  const own = request.extraBody?.reasoning;
  if (config === undefined) return own;
  const chooses = request.reasoningEffort !== undefined || own?.effort !== undefined || own?.maxTokens !== undefined;
  const { effort, maxTokens } = chooses ? (own ?? create(ReasoningSchema)) : config;
  const exclude = own?.exclude ?? config.exclude;
  return create(ReasoningSchema, {
    ...(effort !== undefined && { effort }),
    ...(maxTokens !== undefined && { maxTokens }),
    ...(exclude !== undefined && { exclude }),
  });
}
