import type { PlainUsage } from '../support/plain-answer.ts';
import { encodeEvent } from './openai-chat-wire.ts';
import type { ProviderWire, ScriptedChoice, ScriptedError, ScriptedToolCall } from './provider-wire.ts';

const stopReasons = {
  stop: 'end_turn',
  length: 'max_tokens',
  tool_calls: 'tool_use',
  content_filter: 'refusal',
} as const;

const envelope = { id: 'msg_1', type: 'message', role: 'assistant', model: 'some/model-2024' };

/** Anthropic's Messages API: platform.claude.com/docs/en/build-with-claude/streaming. */
export const anthropicWire: ProviderWire = {
  streamHeaders: { 'content-type': 'text/event-stream; charset=utf-8' },
  // The end mark.
  framesAfterFinish: 1,
  encodeStream({ choice, usage }) {
    const start = { ...envelope, content: [], stop_reason: null, ...(usage && { usage: encodeUsage(usage, 1) }) };
    const stop = { stop_reason: stopReasons[choice.finishReason], stop_sequence: null };
    return [
      join(tell('message_start', { message: start }), tell('ping', {})),
      ...encodeBlocks(choice),
      tell('message_delta', { delta: stop, ...(usage && { usage: encodeUsage(usage, usage.completion) }) }),
      tell('message_stop', {}),
    ];
  },
  encodeWhole: ({ choice, usage }) =>
    JSON.stringify({
      ...envelope,
      content: [
        ...(choice.reasoning ? [{ type: 'thinking', thinking: choice.reasoning.join('') }] : []),
        ...(choice.content ? [{ type: 'text', text: choice.content.join('') }] : []),
        ...(choice.toolCalls ?? []).map(({ id, name, arguments: pieces }) => ({
          type: 'tool_use',
          id,
          name,
          input: JSON.parse(pieces.join('')),
        })),
        ...(choice.images ?? []).map(encodeImage),
      ],
      stop_reason: stopReasons[choice.finishReason],
      stop_sequence: null,
      ...(usage && { usage: encodeUsage(usage, usage.completion) }),
    }),
  encodeError: (error) => JSON.stringify(encodeError(error, 'invalid_request_error')),
  errorDetails: { type: 'invalid_request_error' },
  encodeErrorFrame: (error) => encodeEvent(encodeError(error, 'api_error'), 'error'),
  malformedFrames: {
    'JSON that breaks off': encodeEvent('{"type":"content_block_delta","index":', 'content_block_delta'),
    text: encodeEvent('upstream connect error'),
    'an array': encodeEvent([]),
    null: encodeEvent('null'),
  },
};

/** One event, its name beside its data. */
export function tell(type: string, fields: object): Uint8Array {
  return encodeEvent({ type, ...fields }, type);
}

function join(...frames: readonly Uint8Array[]): Uint8Array {
  return Buffer.concat(frames);
}

/** A block with the deltas of its content: a frame for each, the first with the block's start, the last with its end. */
function encodeBlock(index: number, block: object, deltas: readonly object[]): Uint8Array[] {
  const frames = deltas.map((delta) => tell('content_block_delta', { index, delta }));
  const stop = tell('content_block_stop', { index });
  const [first = stop, ...others] = frames;
  const begun = join(tell('content_block_start', { index, content_block: block }), first);
  return frames.length === 0 ? [begun] : endLast([begun, ...others], stop);
}

function endLast(frames: readonly Uint8Array[], end: Uint8Array): Uint8Array[] {
  return [...frames.slice(0, -1), join(frames.at(-1) ?? Buffer.of(), end)];
}

function encodeBlocks({ reasoning, content, toolCalls = [], images = [] }: ScriptedChoice): Uint8Array[] {
  const blocks: [object, object[]][] = [];
  if (reasoning) {
    const deltas = reasoning.map((thinking) => ({ type: 'thinking_delta', thinking }));
    blocks.push([{ type: 'thinking', thinking: '', signature: '' }, deltas]);
  }
  if (content) blocks.push([{ type: 'text', text: '' }, content.map((text) => ({ type: 'text_delta', text }))]);
  for (const call of toolCalls) blocks.push(encodeCall(call));
  for (const url of images) blocks.push([encodeImage(url), []]);
  return blocks.flatMap(([block, deltas], index) => encodeBlock(index, block, deltas));
}

/** The first fragment is empty, and the only one where a tool takes no arguments. */
function encodeCall({ id, name, arguments: pieces }: ScriptedToolCall): [object, object[]] {
  const fragments = pieces.join('') === '{}' ? [''] : ['', ...pieces];
  return [
    { type: 'tool_use', id, name, input: {} },
    fragments.map((partial) => ({ type: 'input_json_delta', partial_json: partial })),
  ];
}

function encodeImage(url: string): object {
  const [, mediaType, data] = /^data:(.*);base64,(.*)$/.exec(url) ?? [];
  return { type: 'image', source: { type: 'base64', media_type: mediaType, data } };
}

/** What was read from the cache is counted apart. */
function encodeUsage({ prompt = 0, cached = 0, reasoning }: PlainUsage, output: number | undefined): object {
  return {
    input_tokens: prompt - cached,
    cache_creation_input_tokens: 0,
    cache_read_input_tokens: cached,
    output_tokens: output,
    output_tokens_details: { thinking_tokens: reasoning },
  };
}

/** It has no word for a context that is too long or for its policy: the message says so. */
function encodeError({ message }: ScriptedError, type: string): object {
  return { type: 'error', error: { type, message }, request_id: 'req_1' };
}
