import type { ChatCompletionRequest } from '../../../gen/signalbox/chat/v1/chat_completion_request_pb.ts';
import type { JsonObject, JsonValue } from '../../core/json.ts';
import { encodeForm } from './encode-form.ts';
import { encodeMessages } from './encode-messages.ts';
import { encodeSampling } from './encode-sampling.ts';
import { encodeThinking, mayReason } from './encode-thinking.ts';
import { encodeTools } from './encode-tools.ts';
import { listLeftOut, nativeFields } from './left-out.ts';
import { listToolNames, ToolNames } from './tool-names.ts';
import { Warnings } from './warnings.ts';
import { set } from './wire-values.ts';

/** A request in Cohere's terms. */
export interface EncodedRequest {
  readonly body: JsonObject;
  /** What was left out or changed, one sentence each. */
  readonly warnings: readonly string[];
  /** The names of the tools: answers get the client's names back. */
  readonly toolNames: ToolNames;
}

/** What a request is encoded for. */
export interface EncodeOptions {
  /** The model's name at the provider. */
  readonly model: string;
  readonly stream: boolean;
  /** The client's JSON, where it came as JSON: what of it is not sent is named in the warnings. */
  readonly source: JsonObject | undefined;
}

/**
 * Encodes a request for version 2 of the Chat API: docs.cohere.com/reference/chat.
 *
 * `cache_control` is not sent: Cohere caches on its own, and says how much in its usage. Fields of Cohere's own that the client sends
 * beside OpenAI's are sent as they came.
 *
 * @throws SignalboxError PROVIDER_REFUSED for what cannot be left out without changing what the request means.
 */
export function encodeRequest(request: ChatCompletionRequest, options: EncodeOptions): EncodedRequest {
  const warnings = new Warnings();
  const toolNames = new ToolNames(listToolNames(request));
  const { tools, strictTools, toolChoice } = encodeTools(request, toolNames, warnings);
  const ownDocuments = request.extraFields?.['documents'];
  const { responseFormat, instruction } = encodeForm(
    request.responseFormat,
    tools.length > 0 || ownDocuments !== undefined,
    warnings,
  );
  const thinking = encodeThinking(request, options.model, warnings);
  const takesDocuments = tools.length === 0 && responseFormat === undefined;
  const documents: JsonObject[] = [];
  const messages = encodeMessages(request.messages, {
    warnings,
    toolNames,
    instruction,
    documents: takesDocuments ? documents : undefined,
    sendsThinking: mayReason(options.model) && thinking?.['type'] !== 'disabled',
  });

  const body: JsonObject = { model: options.model, messages };
  if (options.stream) body['stream'] = true;
  if (tools.length > 0) body['tools'] = tools;
  set(body, 'strict_tools', strictTools);
  set(body, 'tool_choice', toolChoice);
  if (documents.length > 0) body['documents'] = [...listDocuments(ownDocuments), ...documents];
  set(body, 'response_format', responseFormat);
  set(body, 'thinking', thinking);
  encodeSampling(request, body, warnings);
  for (const field of nativeFields) {
    if (!Object.hasOwn(body, field)) set(body, field, request.extraFields?.[field]);
  }
  listLeftOut(request, options.source, warnings);
  return { body, warnings: warnings.list(), toolNames };
}

function listDocuments(own: JsonValue | undefined): JsonValue[] {
  if (own === undefined) return [];
  return Array.isArray(own) ? own : [own];
}
