import { crc32 } from 'node:zlib';
import type { PlainUsage } from '../support/plain-answer.ts';
import type { ProviderWire, ScriptedAnswer, ScriptedChoice, ScriptedToolCall } from './provider-wire.ts';

const stopReasons = {
  stop: 'end_turn',
  length: 'max_tokens',
  tool_calls: 'tool_use',
  content_filter: 'guardrail_intervened',
} as const;

/** Every event has a key of random length, so that the lengths of messages tell nothing. */
const padding = { p: 'abcdefghijklmno' };

/** Amazon Bedrock: docs.aws.amazon.com/bedrock/latest/APIReference/API_runtime_ConverseStream.html. */
export const bedrockWire: ProviderWire = {
  streamHeaders: { 'content-type': 'application/vnd.amazon.eventstream' },
  // The metadata.
  framesAfterFinish: 1,
  encodeStream: ({ choice, usage }) => {
    const stop = { stopReason: stopReasons[choice.finishReason], ...encodeReasoningCount(usage) };
    return [
      encodeEvent('messageStart', { role: 'assistant' }),
      ...encodeBlocks(choice),
      encodeEvent('messageStop', stop),
      encodeEvent('metadata', { metrics: { latencyMs: 12 }, ...(usage && { usage: encodeUsage(usage) }) }),
    ];
  },
  encodeWhole: (answer) => JSON.stringify(encodeWhole(answer)),
  encodeError: ({ message }) => JSON.stringify({ message }),
  // Its type stands in a header.
  errorDetails: {},
  encodeErrorFrame: ({ message }) => encodeException('modelStreamErrorException', { message }),
  malformedFrames: {
    'JSON that breaks off': encodeMessage(eventHeaders('contentBlockDelta'), '{"contentBlockIndex":0,"del'),
    'one whose checksum is wrong': flipLastByte(encodeEvent('contentBlockStop', {})),
    'one whose lengths are wrong': flipFirstByte(encodeEvent('contentBlockStop', {})),
    text: Buffer.from('upstream connect error or disconnect/reset before headers'),
    'an array': encodeMessage(eventHeaders('contentBlockDelta'), '[]'),
    null: encodeMessage(eventHeaders('contentBlockDelta'), 'null'),
  },
};

/** One event of a stream. */
export function encodeEvent(type: string, payload: object): Uint8Array {
  return encodeMessage(eventHeaders(type), JSON.stringify({ ...payload, ...padding }));
}

/** One of the API's errors inside a stream. */
export function encodeException(type: string, payload: object): Uint8Array {
  const headers = { ':exception-type': type, ':content-type': 'application/json', ':message-type': 'exception' };
  return encodeMessage(headers, JSON.stringify(payload));
}

function eventHeaders(type: string): Record<string, string> {
  return { ':event-type': type, ':content-type': 'application/json', ':message-type': 'event' };
}

/** One message of a binary event stream: smithy.io/2.0/aws/amazon-eventstream.html. */
export function encodeMessage(headers: Readonly<Record<string, string>>, payload: string): Uint8Array {
  const named = Buffer.concat(Object.entries(headers).map(([name, value]) => encodeHeader(name, value)));
  const body = Buffer.from(payload, 'utf8');
  const lengths = concatUInt32(16 + named.length + body.length, named.length);
  const content = Buffer.concat([lengths, concatUInt32(crc32(lengths)), named, body]);
  return Buffer.concat([content, concatUInt32(crc32(content))]);
}

/** A header of type 7: text with its length before it. */
function encodeHeader(name: string, value: string): Buffer {
  const length = Buffer.alloc(2);
  length.writeUInt16BE(Buffer.byteLength(value));
  return Buffer.concat([Buffer.from([name.length]), Buffer.from(name), Buffer.from([7]), length, Buffer.from(value)]);
}

function concatUInt32(...numbers: readonly number[]): Buffer {
  const bytes = Buffer.alloc(4 * numbers.length);
  for (const [index, value] of numbers.entries()) bytes.writeUInt32BE(value, 4 * index);
  return bytes;
}

function flipLastByte(message: Uint8Array): Uint8Array {
  return Uint8Array.from(message, (byte, index) => (index === message.length - 1 ? byte ^ 1 : byte));
}

function flipFirstByte(message: Uint8Array): Uint8Array {
  return Uint8Array.from(message, (byte, index) => (index === 0 ? byte ^ 0x40 : byte));
}

/** A frame for each delta, the first with the block's start where it has one, the last with its end. */
function encodeBlock(contentBlockIndex: number, start: object | undefined, deltas: readonly object[]): Uint8Array[] {
  const frames = deltas.map((delta) => encodeEvent('contentBlockDelta', { contentBlockIndex, delta }));
  const begin = start === undefined ? [] : [encodeEvent('contentBlockStart', { contentBlockIndex, start })];
  const end = encodeEvent('contentBlockStop', { contentBlockIndex });
  const [first = Buffer.of(), ...others] = frames;
  const begun = [Buffer.concat([...begin, first]), ...others];
  return [...begun.slice(0, -1), Buffer.concat([begun.at(-1) ?? Buffer.of(), end])];
}

function encodeBlocks({ reasoning, content, toolCalls = [], images = [] }: ScriptedChoice): Uint8Array[] {
  const blocks: (readonly [object | undefined, readonly object[]])[] = [];
  if (reasoning) blocks.push([undefined, reasoning.map((text) => ({ reasoningContent: { text } }))]);
  if (content) blocks.push([undefined, content.map((text) => ({ text }))]);
  for (const call of toolCalls) blocks.push(encodeCall(call));
  for (const url of images) {
    const { format, source } = encodeImage(url);
    blocks.push([{ image: { format } }, [{ image: { source } }]]);
  }
  return blocks.flatMap(([start, deltas], index) => encodeBlock(index, start, deltas));
}

function encodeCall({ id, name, arguments: pieces }: ScriptedToolCall): readonly [object, readonly object[]] {
  return [{ toolUse: { toolUseId: id, name } }, pieces.map((input) => ({ toolUse: { input } }))];
}

function encodeImage(url: string): { format: string; source: { bytes: string } } {
  const [, format = '', bytes = ''] = /^data:image\/(.*);base64,(.*)$/.exec(url) ?? [];
  return { format, source: { bytes } };
}

function encodeWhole({ choice, usage }: ScriptedAnswer): object {
  const content = [
    ...(choice.reasoning ? [{ reasoningContent: { reasoningText: { text: choice.reasoning.join('') } } }] : []),
    ...(choice.content ? [{ text: choice.content.join('') }] : []),
    ...(choice.toolCalls ?? []).map(({ id, name, arguments: pieces }) => ({
      toolUse: { toolUseId: id, name, input: JSON.parse(pieces.join('')) },
    })),
    ...(choice.images ?? []).map((url) => ({ image: encodeImage(url) })),
  ];
  return {
    metrics: { latencyMs: 12 },
    output: { message: { content, role: 'assistant' } },
    stopReason: stopReasons[choice.finishReason],
    ...(usage && { usage: encodeUsage(usage) }),
    ...encodeReasoningCount(usage),
  };
}

/** What was read from the cache is counted apart. */
function encodeUsage({ prompt = 0, completion, total, cached = 0 }: PlainUsage): object {
  return {
    inputTokens: prompt - cached,
    outputTokens: completion,
    totalTokens: total,
    cacheReadInputTokens: cached,
    cacheWriteInputTokens: 0,
  };
}

/** Reasoning is counted in the model's own usage alone, which comes where it was asked for. */
function encodeReasoningCount(usage: PlainUsage | undefined): object {
  if (usage === undefined) return {};
  const native = { output_tokens: usage.completion, output_tokens_details: { thinking_tokens: usage.reasoning } };
  return { additionalModelResponseFields: { usage: native } };
}
