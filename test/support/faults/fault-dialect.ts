import { isJsonObject, type JsonObject, type JsonValue } from '../../../src/core/json.ts';
import { anthropicWire } from '../../contract/anthropic-wire.ts';
import { geminiWire } from '../../contract/gemini-wire.ts';
import { openAiChatWire } from '../../contract/openai-chat-wire.ts';
import type { ProviderWire } from '../../contract/provider-wire.ts';
import type { RecordedRequest } from '../fake-upstream.ts';

/** A wire format that the fault server speaks. */
export type DialectName = 'openai-chat' | 'anthropic' | 'gemini';

/** What an upstream refuses a request for, or fails with. */
export type Refusal = 'rate-limit' | 'server-error' | 'overloaded' | 'context' | 'policy' | 'prefill';

/** A request, as far as the fault server looks into it. */
export interface FaultRequest {
  readonly isStreamed: boolean;
  /** The text of the last turn of the model's in it. Empty: there is none. */
  readonly spoken: string;
  /** Whether it ends with a turn of the model's, which the model is to go on with. */
  readonly endsWithPrefill: boolean;
}

/** How the fault server speaks one wire format. */
export interface FaultDialect {
  readonly name: DialectName;
  /** The `kind` of a provider that speaks it. */
  readonly kind: string;
  /** The name of its model: one that does not reason unasked, and goes on from a turn of its own where any of the dialect's does. */
  readonly model: string;
  readonly wire: ProviderWire;
  /** Whether a frame says that the stream is over, beside the one with the finish reason. */
  readonly hasEndMark: boolean;
  readRequest(request: RecordedRequest): FaultRequest;
  /** The body of an error answer, in the words of a provider of the dialect. */
  encodeRefusal(refusal: Refusal): string;
}

/** The HTTP status of each refusal. */
export const refusalStatuses: Readonly<Record<Refusal, number>> = {
  'rate-limit': 429,
  'server-error': 500,
  overloaded: 503,
  context: 400,
  policy: 400,
  prefill: 400,
};

/** OpenAI's words; those for policy are Azure's, those for prefill Mistral's. */
const openAiRefusals: Readonly<Record<Refusal, object>> = {
  'rate-limit': {
    message: 'Rate limit reached for gpt-4o in organization org-1 on requests per min (RPM): Limit 3, Used 3.',
    type: 'requests',
    param: null,
    code: 'rate_limit_exceeded',
  },
  'server-error': {
    message: 'The server had an error while processing your request. Sorry about that!',
    type: 'server_error',
    param: null,
    code: null,
  },
  overloaded: {
    message: 'The engine is currently overloaded, please try again later',
    type: 'server_error',
    param: null,
    code: null,
  },
  context: {
    message:
      "This model's maximum context length is 128000 tokens. However, your messages resulted in 130012 tokens. Please reduce the length of the messages.",
    type: 'invalid_request_error',
    param: 'messages',
    code: 'context_length_exceeded',
  },
  policy: {
    message:
      'The response was filtered due to the prompt triggering Azure Content management policy. Please modify your prompt and retry.',
    type: null,
    param: 'prompt',
    code: 'content_filter',
    status: 400,
    innererror: { code: 'ResponsibleAIPolicyViolation' },
  },
  prefill: {
    message: 'Expected last role User or Tool (or Assistant with prefix True) for serving but got assistant',
    type: 'invalid_request_error',
    param: null,
    code: null,
  },
};

const anthropicRefusals: Readonly<Record<Refusal, object>> = {
  'rate-limit': {
    type: 'rate_limit_error',
    message: "This request would exceed your organization's rate limit of 50 requests per minute.",
  },
  'server-error': { type: 'api_error', message: 'Internal server error' },
  overloaded: { type: 'overloaded_error', message: 'Overloaded' },
  context: { type: 'invalid_request_error', message: 'prompt is too long: 210000 tokens > 200000 maximum' },
  policy: { type: 'invalid_request_error', message: 'Output blocked by content filtering policy' },
  prefill: {
    type: 'invalid_request_error',
    message: 'This model does not support assistant message prefill. The conversation must end with a user message.',
  },
};

const geminiRefusals: Readonly<Record<Refusal, object>> = {
  'rate-limit': { code: 429, message: 'Resource has been exhausted (e.g. check quota).', status: 'RESOURCE_EXHAUSTED' },
  'server-error': { code: 500, message: 'An internal error has occurred. Please retry.', status: 'INTERNAL' },
  overloaded: { code: 503, message: 'The model is overloaded. Please try again later.', status: 'UNAVAILABLE' },
  context: {
    code: 400,
    message: 'The input token count (1250074) exceeds the maximum number of tokens allowed (1048576).',
    status: 'INVALID_ARGUMENT',
  },
  policy: {
    code: 400,
    message:
      "The prompt could not be submitted. This prompt contains sensitive words that violate Google's Responsible AI practices.",
    status: 'INVALID_ARGUMENT',
  },
  prefill: {
    code: 400,
    message: 'Please ensure that multiturn requests end with a user role or a function response.',
    status: 'INVALID_ARGUMENT',
  },
};

/** The wire formats of the fault server, by their names. */
export const faultDialects: Readonly<Record<DialectName, FaultDialect>> = {
  'openai-chat': {
    name: 'openai-chat',
    kind: 'openai-compatible',
    model: 'gpt-4o',
    wire: openAiChatWire,
    hasEndMark: true,
    readRequest: readMessages,
    encodeRefusal: (refusal) => JSON.stringify({ error: openAiRefusals[refusal] }),
  },
  anthropic: {
    name: 'anthropic',
    kind: 'anthropic',
    model: 'claude-sonnet-4-5',
    wire: anthropicWire,
    hasEndMark: true,
    readRequest: readMessages,
    encodeRefusal: (refusal) =>
      JSON.stringify({ type: 'error', error: anthropicRefusals[refusal], request_id: 'req_1' }),
  },
  gemini: {
    name: 'gemini',
    kind: 'google-ai-studio',
    model: 'gemini-2.0-flash',
    wire: geminiWire,
    hasEndMark: false,
    readRequest: readContents,
    encodeRefusal: (refusal) => JSON.stringify({ error: geminiRefusals[refusal] }),
  },
};

function readMessages(request: RecordedRequest): FaultRequest {
  const body = readBody(request);
  const messages = listObjects(body['messages']);
  return {
    isStreamed: body['stream'] === true,
    spoken: textOf(messages.findLast(({ role }) => role === 'assistant')?.['content']),
    endsWithPrefill: messages.at(-1)?.['role'] === 'assistant',
  };
}

/** The path says whether the answer is to be streamed. */
function readContents(request: RecordedRequest): FaultRequest {
  const contents = listObjects(readBody(request)['contents']);
  return {
    isStreamed: request.path.includes(':streamGenerateContent'),
    spoken: textOf(contents.findLast(({ role }) => role === 'model')?.['parts']),
    endsWithPrefill: contents.at(-1)?.['role'] === 'model',
  };
}

function readBody(request: RecordedRequest): JsonObject {
  const body: JsonValue = JSON.parse(request.body);
  if (!isJsonObject(body)) throw new Error('the request is no JSON object');
  return body;
}

function listObjects(value: JsonValue | undefined): JsonObject[] {
  return Array.isArray(value) ? value.filter(isJsonObject) : [];
}

/** A text, or the texts of parts. */
function textOf(value: JsonValue | undefined): string {
  if (typeof value === 'string') return value;
  return listObjects(value)
    .map(({ text }) => (typeof text === 'string' ? text : ''))
    .join('');
}
