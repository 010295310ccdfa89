import { toJson } from '@bufbuild/protobuf';
import {
  type ChatCompletionRequest,
  ExtraBodySchema,
} from '../../../gen/signalbox/chat/v1/chat_completion_request_pb.ts';
import { WebSearchSchema } from '../../../gen/signalbox/chat/v1/web_search_pb.ts';
import {
  type RoutingExplanation,
  RoutingExplanationSchema,
} from '../../../gen/signalbox/router/v1/routing_explanation_pb.ts';
import { isJsonObject, type JsonObject } from '../../core/json.ts';
import { encodeMessage } from './encode-message.ts';
import { encodeRequest } from './encode-request.ts';
import type { OpenAiChatQuirks } from './quirks.ts';

/** Everything as it was sent: which provider takes it is what is being explained. */
const quirks: OpenAiChatQuirks = {
  tokenLimitField: 'as-sent',
  asksForStreamUsage: false,
  sendsCacheControl: true,
  reasoningField: 'reasoning_content',
  sendsReasoningDetails: true,
  repetitionPenaltyField: 'repetition_penalty',
};

/**
 * Encodes an explanation as REST clients get it: in snake_case, the messages and the request in OpenAI's form, lists and flags there
 * also when they are empty or false.
 */
export function encodeExplanation(explanation: RoutingExplanation): JsonObject {
  const { messages, request, ...rest } = explanation;
  const json: unknown = toJson(
    RoutingExplanationSchema,
    { ...rest, messages: [] },
    { useProtoFieldName: true, alwaysEmitImplicit: true },
  );
  return {
    ...(isJsonObject(json) ? json : {}),
    messages: messages.map((message) => encodeMessage(message, quirks)),
    ...(request && { request: encodeChatRequest(request) }),
  };
}

function encodeChatRequest(request: ChatCompletionRequest): JsonObject {
  const { model, stream = false, webSearch, extraBody } = request;
  const { body } = encodeRequest({ ...request, messages: [] }, { model, stream, source: undefined, quirks });
  const { messages: _, ...settings } = body;
  const options = { useProtoFieldName: true };
  return {
    ...settings,
    ...(webSearch && { web_search: toJson(WebSearchSchema, webSearch, options) }),
    ...(extraBody && { extra_body: toJson(ExtraBodySchema, extraBody, options) }),
  };
}
