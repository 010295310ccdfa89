import { create } from '@bufbuild/protobuf';
import {
  type ChatCompletionRequest,
  ChatCompletionRequestSchema,
  ImageConfigSchema,
  StreamOptionsSchema,
} from '../../../gen/signalbox/chat/v1/chat_completion_request_pb.ts';
import type { JsonObject } from '../../core/json.ts';
import {
  createFieldError,
  readBoolean,
  readInt32,
  readNumber,
  readObject,
  readObjects,
  readSafeInteger,
  readString,
  readStrings,
  requireString,
} from '../../core/json-fields.ts';
import { decodeExtraBody, decodeWebSearch, decodeWebSearchOptions } from './decode-extra-body.ts';
import { decodeMessage } from './decode-message.ts';
import { decodeResponseFormat, decodeTool, decodeToolChoice } from './decode-tools.ts';
import { pickUnknownFields } from './unknown-fields.ts';

/**
 * Decodes the body of `POST /v1/chat/completions`. Types are checked here, ranges and rules by the message's own validation.
 *
 * @throws SignalboxError INVALID_FIELD with the path of the first field of a wrong type.
 */
export function decodeRequest(json: JsonObject): ChatCompletionRequest {
  const seed = readSafeInteger(json, 'seed', '');
  const request = create(ChatCompletionRequestSchema, {
    model: requireString(json, 'model', ''),
    messages: readObjects(json, 'messages', '', decodeMessage),
    stream: readBoolean(json, 'stream', ''),
    streamOptions: decodeStreamOptions(json),
    temperature: readNumber(json, 'temperature', ''),
    topP: readNumber(json, 'top_p', ''),
    maxTokens: readInt32(json, 'max_tokens', ''),
    maxCompletionTokens: readInt32(json, 'max_completion_tokens', ''),
    presencePenalty: readNumber(json, 'presence_penalty', ''),
    frequencyPenalty: readNumber(json, 'frequency_penalty', ''),
    seed: seed === undefined ? undefined : BigInt(seed),
    stop: decodeStop(json),
    logitBias: decodeLogitBias(json),
    n: readInt32(json, 'n', ''),
    logprobs: readBoolean(json, 'logprobs', ''),
    topLogprobs: readInt32(json, 'top_logprobs', ''),
    user: readString(json, 'user', ''),
    tools: readObjects(json, 'tools', '', decodeTool),
    toolChoice: decodeToolChoice(json),
    parallelToolCalls: readBoolean(json, 'parallel_tool_calls', ''),
    responseFormat: decodeResponseFormat(json),
    reasoningEffort: readString(json, 'reasoning_effort', ''),
    webSearch: decodeWebSearch(json, ''),
    webSearchOptions: decodeWebSearchOptions(json, ''),
    modalities: readStrings(json, 'modalities', ''),
    imageConfig: decodeImageConfig(json),
    serviceTier: readString(json, 'service_tier', ''),
    store: readBoolean(json, 'store', ''),
    verbosity: readString(json, 'verbosity', ''),
    extraBody: decodeExtraBody(json),
  });
  // protobuf-es keeps Struct fields as plain JSON; they are set apart because an optional one must not be set to undefined.
  const prediction = readObject(json, 'prediction', '');
  const metadata = readObject(json, 'metadata', '');
  const extraFields = pickUnknownFields(json);
  if (prediction !== undefined) request.prediction = prediction;
  if (metadata !== undefined) request.metadata = metadata;
  if (extraFields !== undefined) request.extraFields = extraFields;
  return request;
}

function decodeStreamOptions(json: JsonObject): ChatCompletionRequest['streamOptions'] {
  const options = readObject(json, 'stream_options', '');
  return (
    options && create(StreamOptionsSchema, { includeUsage: readBoolean(options, 'include_usage', 'stream_options') })
  );
}

function decodeStop(json: JsonObject): string[] {
  const stop = json['stop'];
  return typeof stop === 'string' ? [stop] : readStrings(json, 'stop', '');
}

function decodeLogitBias(json: JsonObject): Record<string, number> {
  const bias = readObject(json, 'logit_bias', '') ?? {};
  return Object.fromEntries(
    Object.keys(bias).map((token) => {
      const value = readNumber(bias, token, 'logit_bias');
      if (value === undefined) throw createFieldError(`logit_bias.${token}`, 'it must be a number');
      return [token, value];
    }),
  );
}

function decodeImageConfig(json: JsonObject): ChatCompletionRequest['imageConfig'] {
  const config = readObject(json, 'image_config', '');
  return (
    config &&
    create(ImageConfigSchema, {
      aspectRatio: readString(config, 'aspect_ratio', 'image_config'),
      imageSize: readString(config, 'image_size', 'image_config'),
    })
  );
}
