import { isJsonObject, type JsonObject, type JsonValue } from '../../src/core/json.ts';
import type { PlainAnswer } from '../support/plain-answer.ts';
import type { RecordedCase } from '../support/recorded-traffic.ts';

/**
 * Reads what a recording of Cohere's Chat API holds: the oracle that the decoders are held to. It shares nothing with them: a stream is
 * first put together to the message that a whole answer would have been, and that message is read.
 */

/** What a recording holds: an answer, or the message of the error that it is. */
export interface RecordedReply {
  readonly answer: PlainAnswer;
  /** `undefined`: it holds no error. */
  readonly errorMessage: string | undefined;
}

/** Reads a recording. */
export function readRecordedReply(recorded: RecordedCase): RecordedReply {
  const body = recorded.readBody().toString('utf8');
  const reply = recorded.kind === 'unary' ? parseObject(body) : assemble(readEvents(body));
  const { message } = reply;
  if (typeof message === 'string') return { answer: { choices: [], usage: undefined }, errorMessage: message };
  return { answer: readReply(reply), errorMessage: undefined };
}

function readEvents(body: string): JsonObject[] {
  return [...body.matchAll(/^data: ?(\{.*\})\r?$/gm)].map(([, json = '']) => parseObject(json));
}

/** Puts the events of a stream together to the answer that they are pieces of. */
function assemble(events: readonly JsonObject[]): JsonObject {
  const messages = events.map((event) => ({ event, message: objectOf(objectOf(event['delta'])['message']) }));
  const content: JsonObject[] = [];
  const calls: JsonObject[] = [];
  let plan = '';
  for (const { event, message } of messages) {
    const index = Number(event['index']);
    const piece = objectOf(message['content']);
    const call = objectOf(message['tool_calls']);
    if (event['type'] === 'content-start') content[index] = { ...piece };
    if (event['type'] === 'content-delta') appendTo(content[index], piece, ['text', 'thinking']);
    if (event['type'] === 'tool-plan-delta') plan += string(message['tool_plan']);
    if (event['type'] === 'tool-call-start') calls[index] = structuredClone(call);
    if (event['type'] === 'tool-call-delta') {
      appendTo(objectOf(calls[index]?.['function']), objectOf(call['function']), ['arguments']);
    }
  }
  const end = objectOf(events.find(({ type }) => type === 'message-end')?.['delta']);
  return { ...end, message: { role: 'assistant', content, tool_plan: plan, tool_calls: calls } };
}

function appendTo(target: JsonObject | undefined, piece: JsonObject, fields: readonly string[]): void {
  if (target === undefined) throw new Error('a recording goes on with what did not begin');
  for (const field of fields) {
    if (typeof piece[field] === 'string') target[field] = string(target[field]) + piece[field];
  }
}

function readReply(reply: JsonObject): PlainAnswer {
  const message = objectOf(reply['message']);
  const blocks = list(message['content']);
  const usage = objectOf(reply['usage']);
  const tokens = objectOf(usage['tokens']);
  const [prompt, completion] = [Number(tokens['input_tokens']), Number(tokens['output_tokens'])];
  const reasons: Readonly<Record<string, string>> = {
    COMPLETE: 'stop',
    STOP_SEQUENCE: 'stop',
    MAX_TOKENS: 'length',
    TOOL_CALL: 'tool_calls',
  };
  const choice = {
    index: 0,
    content: blocks.map((block) => string(block['text'])).join(''),
    reasoning: blocks.map((block) => string(block['thinking'])).join('') + string(message['tool_plan']),
    refusal: '',
    toolCalls: list(message['tool_calls']).map((call) => {
      const args = string(objectOf(call['function'])['arguments']);
      return {
        id: string(call['id']),
        name: string(objectOf(call['function'])['name']),
        arguments: args === '' || args === 'null' ? '{}' : args,
      };
    }),
    images: [],
    // No recording cites a page: only what the client sent.
    citations: [],
    finishReason: reasons[string(reply['finish_reason'])],
  };
  return {
    choices: [choice],
    usage: {
      prompt,
      completion,
      total: prompt + completion,
      cached: number(usage['cached_tokens']),
      reasoning: number(tokens['reasoning_tokens']),
      cost: undefined,
    },
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
