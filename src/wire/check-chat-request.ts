import {
  type ChatCompletionRequest,
  ChatCompletionRequestSchema,
} from '../../gen/signalbox/chat/v1/chat_completion_request_pb.ts';
import type { JsonObject } from '../core/json.ts';
import { createFieldError } from '../core/json-fields.ts';
import { findJsonProblem } from './find-json-problem.ts';
import { validateRequest } from './validate-request.ts';

/** What chat requests are bounded by, as far as the operator says it. */
export interface ChatRequestBounds {
  /** The most messages of one request. */
  readonly maxMessages: number;
  /** How deep arrays and objects may nest in what this API does not model. */
  readonly maxJsonDepth: number;
}

/** The most items of each list. They are the proto's own, so that its other readers see them, but for `allParts`. */
const bounds = {
  tools: 1024,
  contentParts: 1024,
  toolCalls: 256,
  /** Content parts and tool calls of all messages together, which may each have as many as one is allowed. */
  allParts: 20_000,
  modalities: 3,
  logitBias: 1024,
  stop: 4,
  models: 64,
  ignore: 256,
  sort: 6,
  providerOrder: 64,
  promptVariables: 1024,
} as const;

/** The most values of all kinds in one Struct. */
const maxStructValues = 500_000;

/**
 * Holds a chat request to its bounds and to the rules of its proto, whether it is to be answered or only explained.
 *
 * @param source - the JSON that it came as. `undefined`: it came as a message.
 * @throws SignalboxError INVALID_FIELD or INVALID_REQUEST.
 */
export function checkChatRequest(
  request: ChatCompletionRequest,
  source: JsonObject | undefined,
  { maxMessages, maxJsonDepth }: ChatRequestBounds,
): void {
  // Before validation, which looks at every item, and at those of a list that is too long as well.
  requireBounds(request, maxMessages);
  // What came as JSON was looked at as a whole.
  if (source === undefined) requirePlainStructs(request, maxJsonDepth);
  const invalid = validateRequest(ChatCompletionRequestSchema, request);
  if (invalid !== undefined) throw invalid;
}

/** @throws SignalboxError INVALID_FIELD for the first list that is too long. */
function requireBounds(request: ChatCompletionRequest, maxMessages: number): void {
  const { messages, extraBody } = request;
  requireAtMost(maxMessages, messages.length, 'messages');
  requireAtMost(bounds.tools, request.tools.length, 'tools');
  requireAtMost(bounds.modalities, request.modalities.length, 'modalities');
  requireAtMost(bounds.stop, request.stop.length, 'stop');
  requireAtMost(bounds.logitBias, Object.keys(request.logitBias).length, 'logit_bias');
  if (extraBody !== undefined) {
    requireAtMost(bounds.models, extraBody.models.length, 'extra_body.models');
    requireAtMost(bounds.ignore, extraBody.ignore.length, 'extra_body.ignore');
    requireAtMost(bounds.sort, extraBody.sort.length, 'extra_body.sort');
    requireAtMost(bounds.providerOrder, extraBody.provider?.order.length ?? 0, 'extra_body.provider.order');
    const variableCount = Object.keys(extraBody.promptVariables).length;
    requireAtMost(bounds.promptVariables, variableCount, 'extra_body.prompt_variables');
  }
  let partCount = 0;
  for (const [index, { contentParts, toolCalls }] of messages.entries()) {
    requireAtMost(bounds.contentParts, contentParts.length, `messages[${index}].content`);
    requireAtMost(bounds.toolCalls, toolCalls.length, `messages[${index}].tool_calls`);
    partCount += contentParts.length + toolCalls.length;
  }
  if (partCount > bounds.allParts) {
    throw createFieldError('messages', `they have more than ${bounds.allParts} content parts and tool calls in all`);
  }
}

function requireAtMost(maxItems: number, count: number, field: string): void {
  if (count > maxItems) throw createFieldError(field, `it has more than ${maxItems} items`);
}

/**
 * Holds the Structs of a request to what JSON can say, since that is what providers get.
 *
 * @throws SignalboxError INVALID_FIELD.
 */
function requirePlainStructs(request: ChatCompletionRequest, maxDepth: number): void {
  for (const [field, struct] of listStructs(request)) {
    const problem = struct && findJsonProblem(struct, { maxDepth, maxValues: maxStructValues });
    if (problem !== undefined) throw createFieldError(field, problem);
  }
}

/** Every Struct that a request may have, by its field. */
function* listStructs(request: ChatCompletionRequest): Generator<[field: string, struct: JsonObject | undefined]> {
  const { extraBody, messages, responseFormat, toolChoice, tools } = request;
  yield ['prediction', request.prediction];
  yield ['metadata', request.metadata];
  yield ['extra_fields', request.extraFields];
  yield ['extra_body.metadata', extraBody?.metadata];
  yield ['response_format.json_schema.schema', responseFormat?.jsonSchema?.schema];
  if (toolChoice?.choice.case === 'other') yield ['tool_choice.other', toolChoice.choice.value];
  for (const [index, tool] of tools.entries()) {
    yield [`tools[${index}].function.parameters`, tool.function?.parameters];
    yield [`tools[${index}].other`, tool.other];
  }
  for (const [index, { contentParts }] of messages.entries()) {
    for (const [partIndex, { part }] of contentParts.entries()) {
      if (part.case === 'other') yield [`messages[${index}].content[${partIndex}].other`, part.value];
    }
  }
}
