import type { ChatCompletionRequest } from '../../../gen/signalbox/chat/v1/chat_completion_request_pb.ts';
import type { JsonObject } from '../../core/json.ts';
import { hidesThinking, warnOfLostThinking } from '../claude-thinking.ts';
import { type FormatLimits, listLeftOut } from '../left-out.ts';
import { objectOf } from '../read-values.ts';
import type { InlineMedia } from '../remote-images.ts';
import { claudeFormat } from '../signed-reasoning.ts';
import { Warnings } from '../warnings.ts';
import { fitCachePoints } from './cache-points.ts';
import { DocumentNames } from './document-names.ts';
import { planTools } from './encode-tools.ts';
import { type ConverseTurn, encodeConversation, hasLostReasoning } from './encode-turns.ts';
import { type ModelTraits, traitsOf } from './model-traits.ts';
import { planReasoning, type ReasoningPlan, reasoningOff } from './plan-reasoning.ts';
import { bedrockFormatOf, isReasoning, type ReasoningFormat } from './reasoning-blocks.ts';

/** A request in Bedrock's terms. The model and whether to stream are said by the path. */
export interface EncodedRequest {
  readonly body: JsonObject;
  /** What was left out, one sentence each. */
  readonly warnings: readonly string[];
  /** The tool whose arguments are the answer: the decoders turn them back into content. */
  readonly answerTool: string | undefined;
  /** The terms of the model's reasoning, for the decoders. */
  readonly reasoningFormat: ReasoningFormat;
}

/** What a request is encoded for. */
export interface EncodeOptions {
  /** The model's id or ARN: what it takes is told by it. */
  readonly model: string;
  /** The client's JSON, where it came as JSON: what of it is not sent is named in the warnings. */
  readonly source: JsonObject | undefined;
  /** The images that the request names by address, fetched. */
  readonly fetched: ReadonlyMap<string, InlineMedia>;
}

/** The token limit beside a budget for reasoning, where the client names none: the budget must be below it. */
const defaultMaxTokens = 32_000;

/** Fields of Converse's own, and of models behind it, that clients may name at the root of a request. */
const passedFields: ReadonlySet<string> = new Set([
  'additionalModelRequestFields',
  'guardrailConfig',
  'performanceConfig',
  'top_k',
]);

/** What Converse has no place for. */
const limits: FormatLimits = {
  missing: [
    'presence_penalty',
    'frequency_penalty',
    'seed',
    'logit_bias',
    'logprobs',
    'top_logprobs',
    'store',
    'verbosity',
    'prediction',
    'image_config',
    'modalities beside text',
  ],
  isSent: (field) => passedFields.has(field),
};

/**
 * Encodes a request for Converse and ConverseStream: docs.aws.amazon.com/bedrock/latest/APIReference/API_runtime_Converse.html.
 *
 * @throws SignalboxError REQUEST_UNSUPPORTED for what cannot be left out without changing what the request means, and PROVIDER_REFUSED for
 *   content that is wrong in itself.
 */
export function encodeRequest(
  request: ChatCompletionRequest,
  { model, source, fetched }: EncodeOptions,
): EncodedRequest {
  const traits = traitsOf(model);
  const warnings = new Warnings();
  const tools = planTools(request, traits, warnings);
  const wished = planReasoning(request, traits.reasoning, tools.forcesTool, warnings);
  const reasoningFormat = traits.family === 'claude' ? claudeFormat : bedrockFormatOf(model);
  const conversation = encodeConversation(request.messages, {
    warnings,
    fetched,
    documentNames: new DocumentNames(),
    reasoningFormat: wished.mode === 'off' ? undefined : reasoningFormat,
    hidesReasoning: traits.reasoning.by === 'thinking' && hidesThinking(request, traits.reasoning.traits),
  });
  const reasoning = keepReasoning(wished, conversation.turns, warnings);
  const turns = reasoning.mode === 'off' ? conversation.turns.map(withoutReasoning) : conversation.turns;
  const instructions = tools.instructions.map((text) => ({ text }));
  const [system = [], ...contents] = fitCachePoints(
    [[...conversation.system, ...instructions], ...turns.map(({ blocks }) => blocks)],
    traits,
    warnings,
  );

  const body: JsonObject = { messages: turns.map(({ role }, index) => ({ role, content: contents[index] ?? [] })) };
  if (system.length > 0) body['system'] = system;
  setFilled(body, 'inferenceConfig', encodeInference(request, { traits, reasoning, warnings }));
  if (tools.toolConfig !== undefined) body['toolConfig'] = tools.toolConfig;
  if (tools.outputConfig !== undefined) body['outputConfig'] = tools.outputConfig;
  setFilled(body, 'additionalModelRequestFields', {
    ...reasoning.fields,
    ...tools.fields,
    ...encodeTopK(request, { traits, reasoning, warnings }),
    ...objectOf(request.extraFields?.['additionalModelRequestFields']),
  });
  if (traits.family === 'claude' && reasoning.mode !== 'off') {
    // Converse itself does not say how many tokens went into reasoning; Anthropic's own usage, which it hands through, does.
    body['additionalModelResponseFieldPaths'] = ['/usage'];
  }
  encodeRest(request, body, warnings);
  listLeftOut(request, source, limits, warnings);
  return { body, warnings: warnings.list(), answerTool: tools.answerTool, reasoningFormat };
}

/** Reasoning with a budget cannot go on where the reasoning before it is lost. */
function keepReasoning(wished: ReasoningPlan, turns: readonly ConverseTurn[], warnings: Warnings): ReasoningPlan {
  if (wished.mode !== 'budget' || wished.isNative || !hasLostReasoning(turns)) return wished;
  warnOfLostThinking(warnings);
  return reasoningOff;
}

function withoutReasoning({ role, blocks }: ConverseTurn): ConverseTurn {
  return { role, blocks: blocks.filter((block) => !isReasoning(block)) };
}

interface SamplingContext {
  readonly traits: ModelTraits;
  readonly reasoning: ReasoningPlan;
  readonly warnings: Warnings;
}

/** …/APIReference/API_runtime_InferenceConfiguration.html. */
function encodeInference(request: ChatCompletionRequest, context: SamplingContext): JsonObject {
  const stopSequences = request.stop.filter((stop) => stop.trim() !== '');
  if (stopSequences.length < request.stop.length) {
    context.warnings.leaveOut(['stop'], 'the provider takes no stop texts of nothing but white space');
  }
  const maxTokens = limitTokens(request, context);
  return {
    ...(maxTokens !== undefined && { maxTokens }),
    ...encodeSampling(request, context),
    ...(stopSequences.length > 0 && { stopSequences }),
  };
}

/** Without a limit, the model's own holds. */
function limitTokens(
  request: ChatCompletionRequest,
  { traits, reasoning, warnings }: SamplingContext,
): number | undefined {
  const asked = request.maxCompletionTokens ?? request.maxTokens;
  const most = traits.maxOutputTokens ?? Infinity;
  if (asked === undefined) {
    return reasoning.mode === 'budget' ? Math.min(defaultMaxTokens + reasoning.budgetTokens, most) : undefined;
  }
  if (asked > most) warnings.add(`The token limit was lowered to ${most}, the most that the model gives.`);
  return Math.min(asked, most);
}

/** Of what steers sampling, what the model takes beside its reasoning. */
function encodeSampling(request: ChatCompletionRequest, { traits, reasoning, warnings }: SamplingContext): JsonObject {
  const { temperature, topP } = request;
  // 1 is the default of both, and means the same as nothing.
  const told = [
    temperature !== undefined && temperature !== 1 && 'temperature',
    topP !== undefined && topP !== 1 && 'top_p',
  ];
  const names = told.filter((name) => name !== false);
  if (traits.sampling === 'none') {
    warnings.leaveOut(names, 'the model samples in its own way');
    return {};
  }
  if (reasoning.mode === 'adaptive' || reasoning.mode === 'budget' || reasoning.mode === 'full') {
    // platform.claude.com/docs/en/build-with-claude/extended-thinking#feature-compatibility: no temperature, and top_p from 0.95.
    const keepsTopP = reasoning.mode !== 'full' && topP !== undefined && topP >= 0.95;
    const left = names.filter((name) => name !== 'top_p' || !keepsTopP);
    warnings.leaveOut(left, 'they do not go with reasoning');
    return keepsTopP ? { topP } : {};
  }
  if (temperature !== undefined && temperature > 1) {
    // OpenAI's ends at 2.
    warnings.add('The temperature was lowered to 1, the highest that the provider takes.');
  }
  const sampling: JsonObject = temperature === undefined ? {} : { temperature: Math.min(temperature, 1) };
  if (topP === undefined) return sampling;
  if (traits.sampling === 'any' || temperature === undefined) return { ...sampling, topP };
  if (topP !== 1) warnings.leaveOut(['top_p'], 'the model takes either it or a temperature');
  return sampling;
}

/** A field of the models' own APIs: …/userguide/model-parameters.html. */
function encodeTopK(request: ChatCompletionRequest, { traits, reasoning, warnings }: SamplingContext): JsonObject {
  const topK = request.extraFields?.['top_k'];
  if (topK === undefined) return {};
  if (traits.family === 'nova' && reasoning.mode !== 'full') return { inferenceConfig: { topK } };
  const isTaken =
    traits.family === 'claude' && traits.sampling !== 'none' && (reasoning.mode === 'off' || reasoning.mode === 'own');
  if (isTaken) return { top_k: topK };
  warnings.leaveOut(['top_k'], 'the model does not take it');
  return {};
}

function encodeRest(request: ChatCompletionRequest, body: JsonObject, warnings: Warnings): void {
  setFilled(body, 'guardrailConfig', objectOf(request.extraFields?.['guardrailConfig']));
  setFilled(body, 'performanceConfig', objectOf(request.extraFields?.['performanceConfig']));
  const { serviceTier = 'auto' } = request;
  if (serviceTier === 'auto') return;
  if (tiers.has(serviceTier)) body['serviceTier'] = { type: serviceTier };
  else warnings.leaveOut(['service_tier'], 'the provider has no such tier');
}

/** …/APIReference/API_runtime_ServiceTier.html. */
const tiers: ReadonlySet<string> = new Set(['default', 'flex', 'priority', 'reserved']);

function setFilled(body: JsonObject, key: string, value: JsonObject): void {
  if (Object.keys(value).length > 0) body[key] = value;
}
