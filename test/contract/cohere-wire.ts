import type { PlainUsage } from '../support/plain-answer.ts';
import { encodeEvent } from './openai-chat-wire.ts';
import type { ProviderWire, ScriptedChoice, ScriptedToolCall } from './provider-wire.ts';

const finishReasons = {
  stop: 'COMPLETE',
  length: 'MAX_TOKENS',
  tool_calls: 'TOOL_CALL',
  content_filter: 'ERROR_TOXIC',
} as const;

const id = '7b4baae1-3fac-4977-85fd-618d9c9a8cc7';

/** Version 2 of Cohere's Chat API: docs.cohere.com/docs/streaming. */
export const cohereWire: ProviderWire = {
  streamHeaders: { 'content-type': 'text/event-stream' },
  // The end mark.
  framesAfterFinish: 1,
  encodeStream: ({ choice, usage }) => [
    tell('message-start', {
      id,
      delta: { message: { role: 'assistant', content: [], tool_plan: '', tool_calls: [], citations: [] } },
    }),
    ...encodeContent(choice),
    ...(choice.toolCalls ?? []).flatMap(encodeCall),
    tell('message-end', {
      delta: { finish_reason: finishReasons[choice.finishReason], ...(usage && { usage: encodeUsage(usage) }) },
    }),
    encodeEvent('[DONE]'),
  ],
  encodeWhole: ({ choice, usage }) =>
    JSON.stringify({
      id,
      message: {
        role: 'assistant',
        content: [
          ...(choice.reasoning ? [{ type: 'thinking', thinking: choice.reasoning.join('') }] : []),
          ...(choice.content ? [{ type: 'text', text: choice.content.join('') }] : []),
          ...(choice.images ?? []).map(encodeImage),
        ],
        ...(choice.toolCalls && {
          tool_calls: choice.toolCalls.map(({ id: callId, name, arguments: pieces }) => ({
            id: callId,
            type: 'function',
            function: { name, arguments: pieces.join('') === '{}' ? 'null' : pieces.join('') },
          })),
        }),
      },
      finish_reason: finishReasons[choice.finishReason],
      ...(usage && { usage: encodeUsage(usage) }),
    }),
  // Its errors have neither type nor code: the message tells what they are about.
  encodeError: ({ message }) => JSON.stringify({ id, message }),
  errorDetails: {},
  encodeErrorFrame: ({ message }) => encodeEvent({ id, message }),
  malformedFrames: {
    'JSON that breaks off': encodeEvent('{"type":"content-delta","index":', 'content-delta'),
    text: encodeEvent('upstream connect error'),
    'an array': encodeEvent([]),
    null: encodeEvent('null'),
  },
};

/** One event, its name beside its data. */
export function tell(type: string, fields: object): Uint8Array {
  return encodeEvent({ type, ...fields }, type);
}

function tellContent(type: string, index: number, content: object): Uint8Array {
  return tell(type, { index, delta: { message: { content } } });
}

/** A frame for each piece: the first with the block's start, the last with its end. */
function encodeBlock(index: number, field: 'text' | 'thinking', pieces: readonly string[]): Uint8Array[] {
  const start = tellContent('content-start', index, { type: field, [field]: '' });
  const end = tell('content-end', { index });
  return pieces.map((piece, place) =>
    Buffer.concat([
      ...(place === 0 ? [start] : []),
      tellContent('content-delta', index, { [field]: piece }),
      ...(place === pieces.length - 1 ? [end] : []),
    ]),
  );
}

function encodeContent({ reasoning, content, images = [] }: ScriptedChoice): Uint8Array[] {
  const textIndex = reasoning ? 1 : 0;
  return [
    ...(reasoning ? encodeBlock(0, 'thinking', reasoning) : []),
    ...(content ? encodeBlock(textIndex, 'text', content) : []),
    ...images.map((url, place) => tellContent('content-start', textIndex + 1 + place, encodeImage(url))),
  ];
}

/** Deltas have an object where whole answers have an array. A call without arguments has no delta. */
function encodeCall({ id: callId, name, arguments: pieces }: ScriptedToolCall, index: number): Uint8Array[] {
  const tellCall = (type: string, call: object) => tell(type, { index, delta: { message: { tool_calls: call } } });
  const said = pieces.join('') === '{}' ? [] : pieces;
  return [
    tellCall('tool-call-start', { id: callId, type: 'function', function: { name, arguments: '' } }),
    ...said.map((piece) => tellCall('tool-call-delta', { function: { arguments: piece } })),
    tell('tool-call-end', { index }),
  ];
}

/** Cohere's own models give none: in the form of a request's. */
function encodeImage(url: string): object {
  return { type: 'image_url', image_url: { url } };
}

/** What is billed is less than what is counted. */
function encodeUsage({ prompt, completion, cached, reasoning }: PlainUsage): object {
  return {
    billed_units: { input_tokens: 7, output_tokens: 5 },
    tokens: { input_tokens: prompt, output_tokens: completion, reasoning_tokens: reasoning },
    cached_tokens: cached,
  };
}
