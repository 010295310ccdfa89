import type { ChatCompletionRequest } from '../../../gen/signalbox/chat/v1/chat_completion_request_pb.ts';
import type { ResponseFormat } from '../../../gen/signalbox/chat/v1/response_format_pb.ts';
import type { Tool, ToolChoice } from '../../../gen/signalbox/chat/v1/tool_pb.ts';
import type { JsonObject, JsonValue } from '../../core/json.ts';
import { Warnings } from '../warnings.ts';
import { encodeMessage } from './encode-message.ts';
import { encodeReasoning } from './encode-reasoning.ts';
import { fitBody } from './fit-body.ts';
import type { OpenAiChatQuirks } from './quirks.ts';
import { addUnknownFields, copyNestedUnknownFields, listUnreadFields } from './unknown-fields.ts';

/** A request in a provider's terms. */
export interface EncodedRequest {
  readonly body: JsonObject;
  /** What was left out, one sentence each. */
  readonly warnings: readonly string[];
}

/** What a request is encoded for. */
export interface EncodeOptions {
  /** The model's name at the provider. */
  readonly model: string;
  readonly stream: boolean;
  /** The client's JSON, where it came as JSON: unknown fields inside messages and tools are taken from it. */
  readonly source: JsonObject | undefined;
  readonly quirks: OpenAiChatQuirks;
}

/** Encodes a request for a provider that speaks OpenAI's format. */
export function encodeRequest(request: ChatCompletionRequest, options: EncodeOptions): EncodedRequest {
  const { quirks } = options;
  const warnings: string[] = [];
  const body: JsonObject = {
    model: options.model,
    messages: request.messages.map((message) => encodeMessage(message, quirks)),
  };
  encodeSampling(request, quirks, body);
  encodeTools(request, body);
  encodeReasoning(request, quirks, body, warnings);
  encodeRest(request, body);
  if (options.stream) {
    body['stream'] = true;
    if (quirks.asksForStreamUsage) body['stream_options'] = { include_usage: true };
  }
  if (options.source !== undefined) {
    copyNestedUnknownFields(body, options.source);
    const unread = new Warnings();
    unread.leaveOut(listUnreadFields(options.source), 'nothing here reads it');
    warnings.push(...unread.list());
  }
  if (request.extraFields !== undefined) addUnknownFields(body, request.extraFields);
  warnings.push(...fitBody(body, quirks));
  return { body, warnings };
}

function encodeSampling(request: ChatCompletionRequest, quirks: OpenAiChatQuirks, body: JsonObject): void {
  set(body, 'temperature', request.temperature);
  set(body, 'top_p', request.topP);
  set(body, tokenLimitField(request, quirks), request.maxCompletionTokens ?? request.maxTokens);
  set(body, 'presence_penalty', request.presencePenalty);
  set(body, 'frequency_penalty', request.frequencyPenalty);
  // Validation keeps the seed within what a JSON number holds exactly.
  set(body, 'seed', request.seed === undefined ? undefined : Number(request.seed));
  if (request.stop.length > 0) body['stop'] = request.stop;
  if (Object.keys(request.logitBias).length > 0) body['logit_bias'] = request.logitBias;
  set(body, 'n', request.n);
  set(body, 'logprobs', request.logprobs);
  set(body, 'top_logprobs', request.topLogprobs);
  set(body, 'user', request.user);
}

function tokenLimitField(request: ChatCompletionRequest, quirks: OpenAiChatQuirks): string {
  if (quirks.tokenLimitField !== 'as-sent') return quirks.tokenLimitField;
  return request.maxCompletionTokens === undefined ? 'max_tokens' : 'max_completion_tokens';
}

function encodeTools(request: ChatCompletionRequest, body: JsonObject): void {
  if (request.tools.length > 0) body['tools'] = request.tools.map(encodeTool);
  if (request.toolChoice !== undefined) body['tool_choice'] = encodeToolChoice(request.toolChoice);
  set(body, 'parallel_tool_calls', request.parallelToolCalls);
  if (request.responseFormat !== undefined) body['response_format'] = encodeResponseFormat(request.responseFormat);
}

function encodeTool(tool: Tool): JsonObject {
  if (tool.function === undefined) return { ...tool.other };
  const json: JsonObject = { name: tool.function.name };
  set(json, 'description', tool.function.description);
  set(json, 'parameters', tool.function.parameters);
  set(json, 'strict', tool.function.strict);
  return { type: 'function', function: json };
}

function encodeToolChoice({ choice }: ToolChoice): JsonValue {
  switch (choice.case) {
    case 'function':
      return { type: 'function', function: { name: choice.value.name } };
    case 'mode':
    case 'other':
      return choice.value;
    case undefined:
      return 'auto';
  }
}

function encodeResponseFormat(format: ResponseFormat): JsonObject {
  if (format.jsonSchema === undefined) return { type: format.type };
  const json: JsonObject = { name: format.jsonSchema.name };
  set(json, 'description', format.jsonSchema.description);
  set(json, 'schema', format.jsonSchema.schema);
  set(json, 'strict', format.jsonSchema.strict);
  return { type: format.type, json_schema: json };
}

function encodeRest(request: ChatCompletionRequest, body: JsonObject): void {
  const search = request.webSearchOptions ?? request.extraBody?.webSearchOptions;
  if (search !== undefined) {
    body['web_search_options'] =
      search.searchContextSize === undefined ? {} : { search_context_size: search.searchContextSize };
  }
  if (request.modalities.length > 0) body['modalities'] = request.modalities;
  if (request.imageConfig !== undefined) {
    const json: JsonObject = {};
    set(json, 'aspect_ratio', request.imageConfig.aspectRatio);
    set(json, 'image_size', request.imageConfig.imageSize);
    body['image_config'] = json;
  }
  set(body, 'service_tier', request.serviceTier);
  set(body, 'store', request.store);
  set(body, 'verbosity', request.verbosity);
  set(body, 'prediction', request.prediction);
  // OpenAI's metadata labels stored completions and is refused without `store`; otherwise it is the router's alone.
  if (request.store === true) set(body, 'metadata', request.metadata);
}

function set(body: JsonObject, key: string, value: JsonValue | undefined): void {
  if (value !== undefined) body[key] = value;
}
