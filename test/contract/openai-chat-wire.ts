import type { JsonObject } from '../../src/core/json.ts';
import type { PlainUsage } from '../support/plain-answer.ts';
import type { ProviderWire, ScriptedAnswer, ScriptedChoice, ScriptedError, ScriptedToolCall } from './provider-wire.ts';

const envelope = { id: 'chatcmpl-1', created: 1_700_000_000, model: 'some/model-2024' };

/** OpenAI's chat completions: platform.openai.com/docs/api-reference/chat. */
export const openAiChatWire: ProviderWire = {
  streamHeaders: { 'content-type': 'text/event-stream' },
  // Usage and the end mark.
  framesAfterFinish: 2,
  encodeStream: ({ choice, usage }) => [
    ...encodeDeltas(choice).map((delta) => encodeChunk([{ index: 0, delta, finish_reason: null }])),
    encodeChunk([{ index: 0, delta: {}, finish_reason: choice.finishReason }]),
    encodeChunk([], { usage: usage === undefined ? null : encodeUsage(usage) }),
    encodeEvent('[DONE]'),
  ],
  encodeWhole: (answer) => JSON.stringify({ ...envelope, object: 'chat.completion', ...encodeBody(answer) }),
  encodeError: (error) => JSON.stringify(encodeError(error)),
  errorDetails: { type: 'invalid_request_error', code: 'unsupported_parameter', param: 'top_k' },
  encodeErrorFrame: ({ message }) => encodeEvent({ error: { message, type: 'server_error', param: null, code: null } }),
  malformedFrames: {
    'JSON that breaks off': encodeEvent('{"id":"chatcmpl-1","choices":[{'),
    text: encodeEvent('upstream connect error'),
    'an array': encodeEvent([]),
    null: encodeEvent('null'),
  },
};

/** One server-sent event. What is no string is sent as JSON. */
export function encodeEvent(data: unknown, name?: string): Uint8Array {
  const text = typeof data === 'string' ? data : JSON.stringify(data);
  return Buffer.from(`${name === undefined ? '' : `event: ${name}\n`}data: ${text}\n\n`);
}

/** One chunk of a stream. */
export function encodeChunk(choices: readonly object[], more: object = {}): Uint8Array {
  return encodeEvent({ ...envelope, object: 'chat.completion.chunk', choices, ...more });
}

function encodeDeltas({ reasoning, content, toolCalls, images }: ScriptedChoice): object[] {
  return [
    { role: 'assistant', content: '' },
    ...(reasoning ?? []).map((piece) => ({ reasoning_content: piece })),
    ...(content ?? []).map((piece) => ({ content: piece })),
    ...(toolCalls ?? []).flatMap(encodeCallPieces),
    ...(images ?? []).map((url) => ({ images: [{ type: 'image_url', image_url: { url } }] })),
  ];
}

/** The first piece has id, type and name, the others only arguments. */
function encodeCallPieces(call: ScriptedToolCall, index: number): object[] {
  return [
    { index, id: call.id, type: 'function', function: { name: call.name, arguments: '' } },
    ...call.arguments.map((piece) => ({ index, function: { arguments: piece } })),
  ].map((piece) => ({ tool_calls: [piece] }));
}

function encodeBody({ choice, usage }: ScriptedAnswer): object {
  const message: JsonObject = { role: 'assistant', content: choice.content?.join('') ?? null, refusal: null };
  if (choice.reasoning) message['reasoning_content'] = choice.reasoning.join('');
  if (choice.toolCalls) {
    message['tool_calls'] = choice.toolCalls.map(({ id, name, arguments: pieces }) => ({
      id,
      type: 'function',
      function: { name, arguments: pieces.join('') },
    }));
  }
  if (choice.images) message['images'] = choice.images.map((url) => ({ type: 'image_url', image_url: { url } }));
  return {
    choices: [{ index: 0, message, logprobs: null, finish_reason: choice.finishReason }],
    ...(usage && { usage: encodeUsage(usage) }),
  };
}

function encodeUsage({ prompt, completion, total, cached, reasoning }: PlainUsage): object {
  return {
    prompt_tokens: prompt,
    completion_tokens: completion,
    total_tokens: total,
    prompt_tokens_details: { cached_tokens: cached },
    completion_tokens_details: { reasoning_tokens: reasoning },
  };
}

const errorWords = {
  context: { param: 'messages', code: 'context_length_exceeded' },
  policy: { param: 'prompt', code: 'content_policy_violation' },
  parameter: { param: 'top_k', code: 'unsupported_parameter' },
};

function encodeError({ message, about }: ScriptedError): object {
  return { error: { message, type: 'invalid_request_error', ...errorWords[about ?? 'parameter'] } };
}
