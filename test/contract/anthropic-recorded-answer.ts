import { isJsonObject, type JsonObject, type JsonValue } from '../../src/core/json.ts';
import type { PlainAnswer, PlainToolCall, PlainUsage } from '../support/plain-answer.ts';
import type { RecordedCase } from '../support/recorded-traffic.ts';

/**
 * Reads what a recording of the Messages API holds: the oracle that the decoders are held to. It shares nothing with them: a stream is
 * first put together to the message that a whole answer would have been, as Anthropic's SDKs do it, and that message is read.
 */

/** What a recording holds: an answer, and the message of the error that it is. */
export interface RecordedMessage {
  readonly answer: PlainAnswer;
  /** The thinking, block by block. */
  readonly thinking: readonly JsonObject[];
  /** `undefined`: it holds no error. */
  readonly errorMessage: string | undefined;
}

/** Reads a recording. */
export function readRecordedMessage(recorded: RecordedCase): RecordedMessage {
  const body = recorded.readBody().toString('utf8');
  const message = recorded.kind === 'unary' ? parseObject(body) : assemble(readEvents(body));
  const { error } = message;
  if (isJsonObject(error)) {
    return { answer: { choices: [], usage: undefined }, thinking: [], errorMessage: string(error['message']) };
  }
  return { ...readMessage(message), errorMessage: undefined };
}

/** The events of a stream, up to its end. A recording can hold the streams of several requests. */
function readEvents(body: string): JsonObject[] {
  const events = [...body.matchAll(/^data: ?(\{.*\})\r?$/gm)].map(([, json = '']) => parseObject(json));
  const end = events.findIndex(({ type }) => type === 'message_stop');
  return end === -1 ? events : events.slice(0, end);
}

function assemble(events: readonly JsonObject[]): JsonObject {
  const first = events.find(({ type }) => type === 'message_start');
  const message = objectOf(structuredClone(first?.['message'] ?? {}));
  const blocks = [...list(message['content'])];
  let usage = objectOf(message['usage']);
  for (const event of events) {
    const index = Number(event['index']);
    const delta = objectOf(event['delta']);
    if (event['type'] === 'content_block_start') blocks[index] = structuredClone(objectOf(event['content_block']));
    if (event['type'] === 'content_block_delta') addDelta(blocks[index] ?? {}, delta);
    if (event['type'] === 'message_delta') {
      const known = Object.entries(objectOf(event['usage'])).filter(([, value]) => value !== null);
      usage = { ...usage, ...Object.fromEntries(known) };
      Object.assign(message, delta);
    }
  }
  return { ...message, content: blocks, usage };
}

function addDelta(block: JsonObject, delta: JsonObject): void {
  for (const field of ['text', 'thinking', 'signature', 'partial_json']) {
    if (typeof delta[field] === 'string') block[field] = string(block[field]) + delta[field];
  }
  if (delta['citation'] !== undefined) block['citations'] = [...list(block['citations']), objectOf(delta['citation'])];
}

function readMessage(message: JsonObject): Omit<RecordedMessage, 'errorMessage'> {
  const blocks = list(message['content']);
  const join = (type: string, field: string) =>
    blocks.map((block) => (block['type'] === type ? string(block[field]) : '')).join('');
  const stopReason = string(message['stop_reason']);
  const citations = blocks.flatMap((block) => list(block['citations']));
  const choice = {
    index: 0,
    content: join('text', 'text'),
    reasoning: join('thinking', 'thinking'),
    refusal: stopReason === 'refusal' ? string(objectOf(message['stop_details'])['explanation']) : '',
    toolCalls: blocks.filter(({ type }) => type === 'tool_use').map(readToolCall),
    images: [],
    citations: citations.map(({ url, source }) => string(url) || string(source)).filter((url) => url !== ''),
    finishReason: finishReasons[stopReason] ?? 'unknown',
  };
  const thinking = blocks.filter(({ type }) => type === 'thinking' || type === 'redacted_thinking');
  return { answer: { choices: [choice], usage: readUsage(objectOf(message['usage'])) }, thinking };
}

const finishReasons: Readonly<Record<string, string>> = {
  end_turn: 'stop',
  stop_sequence: 'stop',
  max_tokens: 'length',
  pause_turn: 'length',
  tool_use: 'tool_calls',
  refusal: 'content_filter',
};

function readToolCall(block: JsonObject): PlainToolCall {
  const fragments = string(block['partial_json']);
  return {
    id: string(block['id']),
    name: string(block['name']),
    arguments: fragments || JSON.stringify(block['input'] ?? {}),
  };
}

function readUsage(usage: JsonObject): PlainUsage {
  const [input, output] = [number(usage['input_tokens']), number(usage['output_tokens'])];
  const [read, written] = [number(usage['cache_read_input_tokens']), number(usage['cache_creation_input_tokens'])];
  const prompt = (input ?? 0) + (read ?? 0) + (written ?? 0);
  return {
    prompt,
    completion: output,
    total: prompt + (output ?? 0),
    cached: read,
    reasoning: number(objectOf(usage['output_tokens_details'])['thinking_tokens']),
    cost: undefined,
  };
}

function parseObject(text: string): JsonObject {
  const json: JsonValue = JSON.parse(text);
  if (!isJsonObject(json)) throw new Error('a recording holds JSON that is no object');
  return json;
}

function objectOf(value: JsonValue | undefined): JsonObject {
  return isJsonObject(value) ? value : {};
}

function list(value: JsonValue | undefined): JsonObject[] {
  return Array.isArray(value) ? value.filter(isJsonObject) : [];
}

function string(value: JsonValue | undefined): string {
  return typeof value === 'string' ? value : '';
}

function number(value: JsonValue | undefined): number | undefined {
  return typeof value === 'number' ? value : undefined;
}
