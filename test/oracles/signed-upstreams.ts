import { isJsonObject, type JsonObject, type JsonValue } from '../../src/core/json.ts';
import { tell as tellAnthropic } from '../contract/anthropic-wire.ts';
import { encodeEvent as encodeBedrock } from '../contract/bedrock-wire.ts';
import { tell as tellCohere } from '../contract/cohere-wire.ts';
import { encodeChunk, encodeEvent as encodeGemini } from '../contract/gemini-wire.ts';
import { type AnswerReply, jsonReply, sseReply } from '../support/fake-upstream.ts';

/** A provider that calls a tool, and answers once it has the result and all that it must get back with it. */
export interface SignedUpstream {
  readonly provider: string;
  /** What stands behind the upstream's address. */
  readonly path: string;
  /** Further settings of the provider. */
  readonly settings?: string;
  readonly model: string;
  /** An answer that reasons and calls `now`. */
  readonly call: (stream: boolean) => AnswerReply;
  /** An answer in text. */
  readonly answer: (stream: boolean) => AnswerReply;
  /** What the assistant's message of the second request must hold, as the provider gave it. */
  readonly signed: JsonValue;
  /** Where that is in the request's body. */
  readonly findSigned: (body: JsonObject) => JsonValue | undefined;
  /** Whether a client that drops the fields that it does not know can go on as well. */
  readonly survivesDroppedFields: boolean;
}

const thought = 'I need the time. ⏰';
const pieces = ['I need ', 'the ', 'time. ⏰'];
const signature = 'EqUDCkYIC+/=';
const said = 'It is 12:00.';
const id = 'toolu1234';
const eventStream = { 'content-type': 'text/event-stream' };

/** The value at a path. `undefined`: there is none. */
function at(json: JsonValue | undefined, ...steps: readonly (string | number)[]): JsonValue | undefined {
  return steps.reduce<JsonValue | undefined>((value, step) => {
    if (Array.isArray(value)) return value.at(Number(step));
    return isJsonObject(value) ? value[step] : undefined;
  }, json);
}

const anthropicCall = { type: 'tool_use', id, name: 'now', input: {} };

function anthropicReply(blocks: readonly JsonObject[], stopReason: string, stream: boolean): AnswerReply {
  const message = { type: 'message', role: 'assistant', usage: { input_tokens: 5, output_tokens: 3 } };
  if (!stream) return jsonReply({ ...message, content: blocks, stop_reason: stopReason });
  const body = [
    tellAnthropic('message_start', { message: { ...message, content: [] } }),
    ...blocks.flatMap((block, index) => [
      tellAnthropic('content_block_start', { index, content_block: startOfBlock(block) }),
      ...deltasOfBlock(block).map((delta) => tellAnthropic('content_block_delta', { index, delta })),
      tellAnthropic('content_block_stop', { index }),
    ]),
    tellAnthropic('message_delta', { delta: { stop_reason: stopReason }, usage: { output_tokens: 3 } }),
    tellAnthropic('message_stop', {}),
  ];
  return { headers: eventStream, body };
}

function startOfBlock(block: JsonObject): JsonObject {
  if (block['type'] === 'thinking') return { type: 'thinking', thinking: '', signature: '' };
  return block['type'] === 'text' ? { type: 'text', text: '' } : block;
}

function deltasOfBlock(block: JsonObject): JsonObject[] {
  if (block['type'] === 'text') return [{ type: 'text_delta', text: block['text'] ?? '' }];
  if (block['type'] !== 'thinking') return [{ type: 'input_json_delta', partial_json: '' }];
  const pieces = String(block['thinking']).match(/.{1,7}/gsu) ?? [];
  return [...pieces.map((thinking) => ({ type: 'thinking_delta', thinking })), { type: 'signature_delta', signature }];
}

/** Anthropic, whose model thinks what is given. */
export function createAnthropicUpstream(thinking: string): SignedUpstream {
  const block = { type: 'thinking', thinking, signature };
  return {
    provider: 'anthropic',
    path: '/v1',
    model: 'claude-sonnet-4-5',
    call: (stream) => anthropicReply([block, anthropicCall], 'tool_use', stream),
    answer: (stream) => anthropicReply([{ type: 'text', text: said }], 'end_turn', stream),
    signed: [block, anthropicCall],
    findSigned: (body) => at(body, 'messages', 1, 'content'),
    survivesDroppedFields: true,
  };
}

const geminiCall = { functionCall: { name: 'now', args: {} }, thoughtSignature: signature };

function geminiReply(parts: readonly JsonObject[], stream: boolean): AnswerReply {
  if (!stream) return jsonReply(encodeChunk(parts, 'STOP'));
  const chunks = [...parts.map((part) => encodeChunk([part])), encodeChunk([], 'STOP')];
  return { headers: eventStream, body: chunks.map(encodeGemini) };
}

const geminiUpstream: SignedUpstream = {
  provider: 'google-ai-studio',
  path: '/v1beta',
  model: 'gemini-3-pro-preview',
  call: (stream) => geminiReply([...pieces.map((text) => ({ text, thought: true })), geminiCall], stream),
  answer: (stream) => geminiReply([{ text: said }], stream),
  signed: signature,
  findSigned: (body) => at(body, 'contents', 1, 'parts', -1, 'thoughtSignature'),
  survivesDroppedFields: true,
};

const vertex = { provider: 'google-vertex', path: '/v1', settings: 'options: { project: p, location: us-central1 }' };

const bedrockReasoning = { reasoningText: { text: thought, signature } };

function bedrockReply(content: readonly JsonObject[], stopReason: string, events: readonly Uint8Array[] | undefined) {
  const usage = { inputTokens: 5, outputTokens: 3, totalTokens: 8 };
  if (events === undefined)
    return jsonReply({ output: { message: { role: 'assistant', content } }, stopReason, usage });
  const headers = { 'content-type': 'application/vnd.amazon.eventstream' };
  const body = [
    encodeBedrock('messageStart', { role: 'assistant' }),
    ...events,
    encodeBedrock('messageStop', { stopReason }),
    encodeBedrock('metadata', { usage }),
  ];
  return { headers, body };
}

const bedrockCallEvents = [
  ...[...pieces.map((text) => ({ text })), { signature }].map((reasoningContent) =>
    encodeBedrock('contentBlockDelta', { contentBlockIndex: 0, delta: { reasoningContent } }),
  ),
  encodeBedrock('contentBlockStop', { contentBlockIndex: 0 }),
  encodeBedrock('contentBlockStart', { contentBlockIndex: 1, start: { toolUse: { toolUseId: id, name: 'now' } } }),
  encodeBedrock('contentBlockDelta', { contentBlockIndex: 1, delta: { toolUse: { input: '{}' } } }),
  encodeBedrock('contentBlockStop', { contentBlockIndex: 1 }),
];
const bedrockTextEvents = [
  encodeBedrock('contentBlockDelta', { contentBlockIndex: 0, delta: { text: said } }),
  encodeBedrock('contentBlockStop', { contentBlockIndex: 0 }),
];

const cohereCall = { id, type: 'function', function: { name: 'now', arguments: '{}' } };

function cohereReply(
  message: JsonObject,
  finishReason: string,
  events: readonly Uint8Array[] | undefined,
): AnswerReply {
  if (events === undefined) {
    return jsonReply({ id: 'answer', message: { role: 'assistant', ...message }, finish_reason: finishReason });
  }
  const body = [
    tellCohere('message-start', { id: 'answer', delta: { message: { role: 'assistant' } } }),
    ...events,
    tellCohere('message-end', { delta: { finish_reason: finishReason } }),
  ];
  return { headers: eventStream, body };
}

const cohereCallEvents = [
  tellCohere('tool-plan-delta', { delta: { message: { tool_plan: thought } } }),
  tellCohere('tool-call-start', { index: 0, delta: { message: { tool_calls: cohereCall } } }),
  tellCohere('tool-call-end', { index: 0 }),
];
const cohereTextEvents = [
  tellCohere('content-start', { index: 0, delta: { message: { content: { type: 'text', text: '' } } } }),
  tellCohere('content-delta', { index: 0, delta: { message: { content: { text: said } } } }),
  tellCohere('content-end', { index: 0 }),
];

const openAiCall = { id, type: 'function', function: { name: 'now', arguments: '{}' } };

/** An answer in OpenAI's form. The reasoning comes in one piece: of fields that it does not know, the SDK keeps the last piece. */
function openAiReply(message: JsonObject, finishReason: string, stream: boolean): AnswerReply {
  if (!stream) {
    return jsonReply({
      choices: [{ index: 0, message: { role: 'assistant', ...message }, finish_reason: finishReason }],
    });
  }
  const calls = at(message, 'tool_calls');
  const delta = Array.isArray(calls)
    ? { ...message, tool_calls: calls.map((call, index) => ({ index, ...Object(call) })) }
    : message;
  return sseReply([
    { choices: [{ index: 0, delta: { role: 'assistant', ...delta }, finish_reason: null }] },
    { choices: [{ index: 0, delta: {}, finish_reason: finishReason }] },
    '[DONE]',
  ]);
}

/** @param reasoning - the fields of the message that hold reasoning, as the provider gives them. */
function openAiUpstream(
  provider: string,
  model: string,
  reasoning: JsonObject,
  signed: JsonValue,
  ...path: readonly (string | number)[]
): SignedUpstream {
  return {
    provider,
    path: '/v1',
    model,
    call: (stream) => openAiReply({ content: null, ...reasoning, tool_calls: [openAiCall] }, 'tool_calls', stream),
    answer: (stream) => openAiReply({ content: said }, 'stop', stream),
    signed,
    findSigned: (body) => at(body, 'messages', 1, ...path),
    survivesDroppedFields: Object.keys(reasoning).length === 0,
  };
}

const details = [{ type: 'reasoning.encrypted', data: signature, id: 'rs_1', format: 'openai-responses-v1', index: 0 }];
const thinkingPart = { type: 'thinking', thinking: [{ type: 'text', text: thought }] };

export const signedUpstreams: readonly SignedUpstream[] = [
  createAnthropicUpstream(pieces.join('')),
  geminiUpstream,
  { ...geminiUpstream, ...vertex },
  { ...createAnthropicUpstream(pieces.join('')), ...vertex, model: 'claude-sonnet-4-5@20250929' },
  {
    provider: 'bedrock',
    path: '',
    settings: 'options: { region: us-east-1 }',
    model: 'us.anthropic.claude-sonnet-4-5-20250929-v1:0',
    call: (stream) =>
      bedrockReply(
        [{ reasoningContent: bedrockReasoning }, { toolUse: { toolUseId: id, name: 'now', input: {} } }],
        'tool_use',
        stream ? bedrockCallEvents : undefined,
      ),
    answer: (stream) => bedrockReply([{ text: said }], 'end_turn', stream ? bedrockTextEvents : undefined),
    signed: bedrockReasoning,
    findSigned: (body) => at(body, 'messages', 1, 'content', 0, 'reasoningContent'),
    survivesDroppedFields: true,
  },
  {
    provider: 'cohere',
    path: '/v2',
    model: 'command-a-03-2025',
    call: (stream) =>
      cohereReply({ tool_plan: thought, tool_calls: [cohereCall] }, 'TOOL_CALL', stream ? cohereCallEvents : undefined),
    answer: (stream) =>
      cohereReply({ content: [{ type: 'text', text: said }] }, 'COMPLETE', stream ? cohereTextEvents : undefined),
    signed: [cohereCall],
    findSigned: (body) => at(body, 'messages', 1, 'tool_calls'),
    survivesDroppedFields: true,
  },
  openAiUpstream('openai', 'gpt-5', {}, [openAiCall], 'tool_calls'),
  openAiUpstream('openrouter', 'openai/gpt-5', { reasoning_details: details }, details, 'reasoning_details'),
  openAiUpstream('deepseek', 'deepseek-chat', { reasoning_content: thought }, thought, 'reasoning_content'),
  openAiUpstream('groq', 'openai/gpt-oss-120b', { reasoning: thought }, thought, 'reasoning'),
  openAiUpstream('mistral', 'magistral-medium-latest', { content: [thinkingPart] }, thinkingPart, 'content', 0),
];
