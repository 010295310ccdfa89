import type { ChatCompletionRequest } from '../../../gen/signalbox/chat/v1/chat_completion_request_pb.ts';
import type { JsonObject, JsonValue } from '../../core/json.ts';
import { type FormatLimits, listLeftOut } from '../left-out.ts';
import { setKnown } from '../set-known.ts';
import { Warnings } from '../warnings.ts';
import { encodeForm } from './encode-form.ts';
import { encodeMessages } from './encode-messages.ts';
import { encodeSampling, readTopK } from './encode-sampling.ts';
import { encodeThinking, mayReason } from './encode-thinking.ts';
import { encodeTools } from './encode-tools.ts';
import { listToolNames, ToolNames } from './tool-names.ts';

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

/** Fields of Cohere's own that OpenAI has nothing for: docs.cohere.com/reference/chat. */
const nativeFields: readonly string[] = [
  'documents',
  'citation_options',
  'safety_mode',
  'priority',
  'strict_tools',
  'thinking',
];

/** Fields of OpenAI's that Cohere does not have. */
const missing: FormatLimits['missing'] = [
  'logit_bias',
  'top_logprobs',
  'service_tier',
  'store',
  'verbosity',
  'prediction',
  'image_config',
  'web_search_options',
  'modalities beside text',
];

/**
 * Encodes a request for version 2 of the Chat API: docs.cohere.com/reference/chat.
 *
 * `cache_control` is not sent: Cohere caches on its own, and says how much in its usage. Fields of Cohere's own that the client sends
 * beside OpenAI's are sent as they came.
 *
 * @throws SignalboxError REQUEST_UNSUPPORTED for what cannot be left out without changing what the request means, and PROVIDER_REFUSED for
 *   content that is wrong in itself.
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
  setKnown(body, 'strict_tools', strictTools);
  setKnown(body, 'tool_choice', toolChoice);
  if (documents.length > 0) body['documents'] = [...listDocuments(ownDocuments), ...documents];
  setKnown(body, 'response_format', responseFormat);
  setKnown(body, 'thinking', thinking);
  encodeSampling(request, body, warnings);
  for (const field of nativeFields) {
    if (!Object.hasOwn(body, field)) setKnown(body, field, request.extraFields?.[field]);
  }
  const limits: FormatLimits = {
    missing,
    isSent: (field) => nativeFields.includes(field) || (field === 'top_k' && readTopK(request) !== undefined),
  };
  listLeftOut(request, options.source, limits, warnings);
  return { body, warnings: warnings.list(), toolNames };
}

function listDocuments(own: JsonValue | undefined): JsonValue[] {
  if (own === undefined) return [];
  return Array.isArray(own) ? own : [own];
}
