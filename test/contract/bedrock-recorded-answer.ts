import { isJsonObject, type JsonObject, type JsonValue } from '../../src/core/json.ts';
import type { PlainAnswer, PlainUsage } from '../support/plain-answer.ts';
import type { RecordedCase } from '../support/recorded-traffic.ts';

/**
 * Reads what a recording of Converse holds: the oracle that the decoders are held to. It shares nothing with them: a stream is first put
 * together to the reply that a whole answer would have been, as Amazon's SDKs do it, and that reply is read.
 */

/** What a recording holds: an answer, and the message of the error that it is. */
export interface RecordedReply {
  readonly answer: PlainAnswer;
  /** The reasoning, block by block, as Bedrock gave it. */
  readonly reasoning: readonly JsonObject[];
  /** `undefined`: it holds no error. */
  readonly errorMessage: string | undefined;
}

/** Reads a recording. */
export function readRecordedReply(recorded: RecordedCase): RecordedReply {
  const body = recorded.readBody();
  const isStream = recorded.kind === 'stream';
  const reply = isStream ? assemble(readEvents(body)) : parseObject(body.toString('utf8'));
  if (typeof reply['message'] === 'string') {
    return { answer: { choices: [], usage: undefined }, reasoning: [], errorMessage: reply['message'] };
  }
  return { ...readReply(reply), errorMessage: undefined };
}

/** The type and payload of each message, by nothing but the lengths. */
function readEvents(body: Buffer): (readonly [type: string, payload: JsonObject])[] {
  const events: (readonly [string, JsonObject])[] = [];
  for (let start = 0; start < body.length; start += body.readUInt32BE(start)) {
    const end = start + body.readUInt32BE(start);
    const payloadStart = start + 12 + body.readUInt32BE(start + 4);
    const headers = body.subarray(start + 12, payloadStart).toString('latin1');
    // Behind the name stand the header's type and its length: three bytes.
    const type = /:(?:event|exception)-type.{3}([a-zA-Z]+)/s.exec(headers)?.[1] ?? '';
    events.push([type, parseObject(body.subarray(payloadStart, end - 4).toString('utf8'))]);
  }
  return events;
}

function assemble(events: readonly (readonly [string, JsonObject])[]): JsonObject {
  const blocks: JsonObject[] = [];
  let reply: JsonObject = {};
  for (const [type, payload] of events) {
    if (type.endsWith('xception')) return payload;
    const index = Number(payload['contentBlockIndex']);
    if (type === 'contentBlockStart') blocks[index] = structuredClone(objectOf(payload['start']));
    if (type === 'contentBlockDelta') blocks[index] = addDelta(blocks[index] ?? {}, objectOf(payload['delta']));
    if (type === 'messageStop' || type === 'metadata') reply = { ...reply, ...payload };
  }
  return { ...reply, output: { message: { content: blocks } } };
}

function addDelta(block: JsonObject, delta: JsonObject): JsonObject {
  const { text, toolUse, reasoningContent, citation } = delta;
  if (typeof text === 'string') return { ...block, text: string(block['text']) + text };
  if (isJsonObject(citation)) return { ...block, citations: [...list(block['citations']), citation] };
  if (isJsonObject(toolUse)) {
    const begun = objectOf(block['toolUse']);
    return { toolUse: { ...begun, fragments: string(begun['fragments']) + string(toolUse['input']) } };
  }
  if (!isJsonObject(reasoningContent)) return block;
  const begun = objectOf(block['reasoningContent']);
  if (reasoningContent['redactedContent'] !== undefined) return { reasoningContent };
  const said = objectOf(begun['reasoningText']);
  const join = (field: string) => string(said[field]) + string(reasoningContent[field]);
  return { reasoningContent: { reasoningText: { text: join('text'), signature: join('signature') } } };
}

function readReply(reply: JsonObject): Omit<RecordedReply, 'errorMessage'> {
  const blocks = list(objectOf(objectOf(reply['output'])['message'])['content']);
  const reasoning = blocks.flatMap(({ reasoningContent }) =>
    isJsonObject(reasoningContent) ? [reasoningContent] : [],
  );
  const toolCalls = blocks.flatMap(({ toolUse }) => {
    if (!isJsonObject(toolUse) || toolUse['type'] === 'server_tool_use') return [];
    const { toolUseId, name, fragments, input } = toolUse;
    const text = typeof fragments === 'string' ? fragments : JSON.stringify(input ?? {});
    return { id: string(toolUseId), name: string(name), arguments: text };
  });
  const choice = {
    index: 0,
    content: blocks.map(readText).join(''),
    reasoning: reasoning.map(({ reasoningText }) => string(objectOf(reasoningText)['text'])).join(''),
    refusal: '',
    toolCalls,
    images: [],
    citations: blocks.flatMap(readCitations),
    finishReason: finishReasons[string(reply['stopReason'])] ?? 'unknown',
  };
  return { answer: { choices: [choice], usage: readUsage(objectOf(reply['usage'])) }, reasoning };
}

function readText(block: JsonObject): string {
  const cited = list(objectOf(block['citationsContent'])['content']).map(({ text }) => string(text));
  return string(block['text']) + cited.join('');
}

function readCitations(block: JsonObject): string[] {
  const citations = [...list(block['citations']), ...list(objectOf(block['citationsContent'])['citations'])];
  return citations
    .map(({ location, source }) => string(objectOf(objectOf(location)['web'])['url']) || string(source))
    .filter((url) => url !== '');
}

const finishReasons: Readonly<Record<string, string>> = {
  end_turn: 'stop',
  max_tokens: 'length',
  tool_use: 'tool_calls',
  guardrail_intervened: 'content_filter',
};

/** Amazon's own total has everything in it. */
function readUsage({ totalTokens, outputTokens, cacheReadInputTokens }: JsonObject): PlainUsage {
  const [total, completion] = [Number(totalTokens), Number(outputTokens)];
  const cached = typeof cacheReadInputTokens === 'number' ? cacheReadInputTokens : undefined;
  return { prompt: total - completion, completion, total, cached, reasoning: undefined, cost: undefined };
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
