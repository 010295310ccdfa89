import type { ChatCompletionRequest } from '../../../gen/signalbox/chat/v1/chat_completion_request_pb.ts';
import type { JsonObject } from '../../core/json.ts';
import { hidesThinking, noThinking, planThinking, type ThinkingPlan, warnOfLostThinking } from '../claude-thinking.ts';
import { type FormatLimits, listLeftOut } from '../left-out.ts';
import { objects } from '../read-values.ts';
import { setKnown } from '../set-known.ts';
import { Warnings } from '../warnings.ts';
import { planTools, type ToolsPlan } from './encode-tools.ts';
import { encodeConversation, hasLostThinking, type MessagesTurn } from './encode-turns.ts';
import { type ModelTraits, traitsOf } from './model-traits.ts';
import { isThinking } from './thinking-blocks.ts';

/** A request in Anthropic's terms. */
export interface EncodedRequest {
  readonly body: JsonObject;
  /** What was left out, one sentence each. */
  readonly warnings: readonly string[];
  /** Features for the header `anthropic-beta`. */
  readonly betas: readonly string[];
  /** The tool whose arguments are the answer: the decoders turn them back into content. */
  readonly answerTool: string | undefined;
}

/** What a request is encoded for. */
export interface EncodeOptions {
  /** The model's name at the provider: what it takes is told by it. */
  readonly model: string;
  readonly stream: boolean;
  /** The client's JSON, where it came as JSON: what of it is not sent is named in the warnings. */
  readonly source: JsonObject | undefined;
  /** Whether the platform takes system messages between others. Google's and Amazon's do not. Default true. */
  readonly takesSystemTurns?: boolean;
}

/**
 * The token limit where the client names none, beside what is set aside for thinking: Anthropic requires one. Not the most that models
 * take, since older ones refuse a limit that does not fit into the context behind the prompt.
 */
const defaultMaxTokens = 32_000;
/** The same for a model of which nothing is known: what every server takes. */
const defaultUnknownMaxTokens = 8192;

/** The most marks for the cache in one request: platform.claude.com/docs/en/build-with-claude/prompt-caching. */
const maxCacheMarks = 4;

/** The longest `metadata.user_id`, in characters: platform.claude.com/docs/en/api/messages. */
const maxUserChars = 256;

/** What the Messages API has no place for. */
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
  isSent: (field) => field === 'top_k',
};

/**
 * Encodes a request for the Messages API: platform.claude.com/docs/en/api/messages.
 *
 * @throws SignalboxError REQUEST_UNSUPPORTED for what cannot be left out without changing what the request means, and PROVIDER_REFUSED for
 *   content that is wrong in itself.
 */
export function encodeRequest(request: ChatCompletionRequest, options: EncodeOptions): EncodedRequest {
  const traits = traitsOf(options.model);
  const warnings = new Warnings();
  const betas = new Set<string>();
  const tools = planTools(request, traits, warnings);
  const wished = planThinking(request, traits, tools.forcesTool, warnings);
  const conversation = encodeConversation(request.messages, {
    warnings,
    betas,
    takesSystemTurns: traits.takesSystemTurns && options.takesSystemTurns !== false,
    sendsThinking: wished.mode !== 'off',
    hidesThinking: hidesThinking(request, traits),
  });
  const thinking = keepThinking(wished, conversation.turns, warnings);
  const turns = thinking.mode === 'off' ? conversation.turns.map(withoutThinking) : conversation.turns;
  const system = [...conversation.system];
  if (tools.instruction !== undefined) system.push({ type: 'text', text: tools.instruction });

  const body: JsonObject = { model: options.model, max_tokens: limitTokens(request, traits, thinking, warnings) };
  if (system.length > 0) body['system'] = system;
  body['messages'] = turns.map(({ role, blocks }) => ({ role, content: blocks }));
  if (tools.tools.length > 0) body['tools'] = tools.tools;
  setKnown(body, 'tool_choice', tools.toolChoice);
  setKnown(body, 'thinking', thinking.thinking);
  setKnown(body, 'output_config', encodeOutputConfig(thinking, tools));
  encodeSampling(request, { traits, thinking, warnings }, body);
  encodeRest(request, body, warnings);
  if (options.stream) body['stream'] = true;
  limitCacheMarks(body, warnings);
  listLeftOut(request, options.source, limits, warnings);
  return { body, warnings: warnings.list(), betas: [...betas], answerTool: tools.answerTool };
}

/** Thinking with a budget cannot go on where the thinking before it is lost. */
function keepThinking(wished: ThinkingPlan, turns: readonly MessagesTurn[], warnings: Warnings): ThinkingPlan {
  if (wished.mode !== 'budget' || !hasLostThinking(turns)) return wished;
  warnOfLostThinking(warnings);
  return noThinking;
}

function withoutThinking({ role, blocks }: MessagesTurn): MessagesTurn {
  return { role, blocks: blocks.filter((block) => !isThinking(block)) };
}

function limitTokens(
  request: ChatCompletionRequest,
  { maxOutputTokens }: ModelTraits,
  { budgetTokens }: ThinkingPlan,
  warnings: Warnings,
): number {
  const asked = request.maxCompletionTokens ?? request.maxTokens;
  const most = maxOutputTokens ?? Infinity;
  const usual = maxOutputTokens === undefined ? defaultUnknownMaxTokens : defaultMaxTokens;
  if (asked === undefined) return Math.min(usual + budgetTokens, most);
  if (asked > most) warnings.add(`The token limit was lowered to ${most}, the most that the model gives.`);
  return Math.min(asked, most);
}

function encodeOutputConfig({ effort }: ThinkingPlan, { format }: ToolsPlan): JsonObject | undefined {
  if (effort === undefined && format === undefined) return undefined;
  return { ...(effort !== undefined && { effort }), ...(format !== undefined && { format }) };
}

interface SamplingContext {
  readonly traits: ModelTraits;
  readonly thinking: ThinkingPlan;
  readonly warnings: Warnings;
}

function encodeSampling(
  request: ChatCompletionRequest,
  { traits, thinking, warnings }: SamplingContext,
  body: JsonObject,
): void {
  const { temperature, topP } = request;
  const topK = request.extraFields?.['top_k'];
  // 1 is the default of both, and means the same as nothing.
  const isTold = {
    temperature: temperature !== undefined && temperature !== 1,
    topP: topP !== undefined && topP !== 1,
  };
  const told = [isTold.temperature && 'temperature', isTold.topP && 'top_p', topK !== undefined && 'top_k'];
  const names = told.filter((name) => name !== false);
  if (traits.sampling === 'none') {
    warnings.leaveOut(names, 'the model samples in its own way');
    return;
  }
  if (thinking.mode === 'adaptive' || thinking.mode === 'budget') {
    // build-with-claude/extended-thinking#feature-compatibility: no temperature and top_k, and top_p from 0.95.
    const keepsTopP = topP !== undefined && topP >= 0.95;
    warnings.leaveOut(
      names.filter((name) => name !== 'top_p' || !keepsTopP),
      'they do not go with reasoning',
    );
    if (keepsTopP) body['top_p'] = topP;
    return;
  }
  if (temperature !== undefined) {
    // OpenAI's ends at 2.
    if (temperature > 1) warnings.add('The temperature was lowered to 1, the highest that the provider takes.');
    body['temperature'] = Math.min(temperature, 1);
  }
  if (topP !== undefined) {
    if (traits.sampling === 'any' || temperature === undefined) body['top_p'] = topP;
    else if (isTold.topP) warnings.leaveOut(['top_p'], 'the model takes either it or a temperature');
  }
  setKnown(body, 'top_k', topK);
}

function encodeRest(request: ChatCompletionRequest, body: JsonObject, warnings: Warnings): void {
  const stops = request.stop.filter((stop) => stop.trim() !== '');
  // Anthropic refuses those that are nothing but white space.
  if (stops.length < request.stop.length) {
    warnings.leaveOut(['stop'], 'the provider takes no stop texts of nothing but white space');
  }
  if (stops.length > 0) body['stop_sequences'] = stops;
  if (request.user !== undefined) {
    if (request.user.length <= maxUserChars) body['metadata'] = { user_id: request.user };
    else warnings.leaveOut(['user'], `the provider takes at most ${maxUserChars} characters`);
  }
  const tier = tiers.get(request.serviceTier ?? 'auto');
  if (tier === undefined) warnings.leaveOut(['service_tier'], 'the provider has no such tier');
  else if (request.serviceTier !== undefined) body['service_tier'] = tier;
}

/** platform.claude.com/docs/en/api/service-tiers. */
const tiers: ReadonlyMap<string, string> = new Map([
  ['auto', 'auto'],
  ['default', 'standard_only'],
  ['standard_only', 'standard_only'],
]);

/** Of too many marks, the last are kept: each covers what stands before it. */
function limitCacheMarks(body: JsonObject, warnings: Warnings): void {
  // In the order in which the cache has them: tools come first.
  const blocks = [body['tools'], body['system'], ...objects(body['messages']).map(({ content }) => content)].flatMap(
    objects,
  );
  const marked = blocks.filter((block) => block['cache_control'] !== undefined);
  const surplus = marked.slice(0, Math.max(0, marked.length - maxCacheMarks));
  for (const block of surplus) delete block['cache_control'];
  if (surplus.length > 0) {
    warnings.add(
      `Of the marks for the cache only the last ${maxCacheMarks} were sent, which is as many as the provider takes.`,
    );
  }
}
