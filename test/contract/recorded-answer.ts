import { isJsonObject, type JsonObject, type JsonValue } from '../../src/core/json.ts';
import type { PlainAnswer, PlainChoice, PlainToolCall, PlainUsage } from '../support/plain-answer.ts';
import type { RecordedCase } from '../support/recorded-traffic.ts';

/**
 * Reads what a recording in OpenAI's format holds: the oracle that the decoders are held to. It shares nothing with them, and takes
 * the easy way that hindsight allows: the whole text is there, so each field is collected under each of its names, and looked at
 * once at the end.
 */

/** What a recording holds: an answer, and the message of the error that it is or that ended it. */
export interface RecordedAnswer {
  readonly answer: PlainAnswer;
  /** `undefined`: it holds no error. */
  readonly errorMessage: string | undefined;
}

/** Reads a recording. */
export function readRecordedAnswer(recorded: RecordedCase): RecordedAnswer {
  const objects = readObjects(recorded);
  // Perplexity gives both in both.
  const key = recorded.kind === 'stream' ? 'delta' : 'message';
  const choices = new Map<number, JsonObject[]>();
  for (const choice of objects.flatMap((object) => list(object['choices']))) {
    const index = Number(choice['index']);
    choices.set(index, [...(choices.get(index) ?? []), choice]);
  }
  return {
    answer: {
      choices: [...choices]
        .map(([index, pieces]) => readChoice(index, pieces, key))
        .map((choice) => (choice.citations.length > 0 ? choice : { ...choice, citations: readSources(objects) })),
      usage: readUsage(objects),
    },
    errorMessage: objects.map(readErrorMessage).find((message) => message !== undefined),
  };
}

/** The pages that Perplexity names beside the choices, in every chunk those that it has so far. */
function readSources(objects: readonly JsonObject[]): string[] {
  const last = objects.findLast(
    (object) => Array.isArray(object['citations']) || Array.isArray(object['search_results']),
  );
  const pages = list(last?.['search_results']).map((page) => string(page['url']));
  const citations = last?.['citations'];
  // A document of the request's own is a page without an address.
  return pages.length > 0 || !Array.isArray(citations) ? pages.filter((url) => url !== '') : citations.map(string);
}

/** The JSON objects of a body: one, or one for each line of `data`. */
function readObjects(recorded: RecordedCase): JsonObject[] {
  const text = recorded.readBody().toString('utf8');
  if (recorded.kind === 'unary') return [parseObject(text)];
  return [...text.matchAll(/^data: ?(\{.*\})\r?$/gm)].map(([, json = '']) => parseObject(json));
}

function readChoice(index: number, pieces: readonly JsonObject[], key: 'delta' | 'message'): PlainChoice {
  const messages = pieces.map((piece) => (isJsonObject(piece[key]) ? piece[key] : {}));
  const join = (field: string) => messages.map((message) => string(message[field])).join('');
  const parts = messages.flatMap((message) => list(message['content']));
  const thoughts = parts.flatMap((part) => list(part['thinking'])).map(textOf);
  const details = messages.flatMap((message) => list(message['reasoning_details']));
  const toolCalls = readToolCalls(messages);
  return {
    index,
    content: messages.map(({ content }) => string(content) || list(content).map(textOf).join('')).join(''),
    reasoning: join('reasoning_content') || join('reasoning') || thoughts.join('') || details.map(textOf).join(''),
    refusal: join('refusal'),
    toolCalls,
    images: [],
    citations: messages
      .flatMap((message) => list(message['annotations']))
      .flatMap(({ url_citation: citation }) => (isJsonObject(citation) ? string(citation['url']) : [])),
    finishReason: readFinishReason(pieces, toolCalls),
  };
}

/** By their number; whole ones have none and stand in their order. */
function readToolCalls(messages: readonly JsonObject[]): PlainToolCall[] {
  const calls = new Map<number, JsonObject[]>();
  for (const message of messages) {
    const functionCall = message['function_call'];
    if (isJsonObject(functionCall) && functionCall['name'] !== '') calls.set(0, [{ function: functionCall }]);
    list(message['tool_calls']).forEach((call, position) => {
      const index = typeof call['index'] === 'number' ? call['index'] : position;
      calls.set(index, [...(calls.get(index) ?? []), call]);
    });
  }
  return [...calls.values()].map((pieces, index) => {
    const functions = pieces.map((piece) => (isJsonObject(piece['function']) ? piece['function'] : {}));
    return {
      id: string(pieces[0]?.['id']) || `call_00000000000040008000_${index}`,
      name: functions.map((piece) => string(piece['name'])).find((name) => name !== '') ?? '',
      arguments: functions.map((piece) => string(piece['arguments'])).join(''),
    };
  });
}

/** The first reason, in OpenAI's words. Snowflake gives none. */
function readFinishReason(pieces: readonly JsonObject[], toolCalls: readonly PlainToolCall[]): string {
  const reason = pieces.map((piece) => string(piece['finish_reason'])).find((text) => text !== '');
  if (reason === undefined) return toolCalls.length > 0 ? 'tool_calls' : 'stop';
  const renamed: Readonly<Record<string, string>> = { function_call: 'tool_calls', eos: 'stop' };
  return renamed[reason] ?? reason;
}

/** The last usage, its parts that are counted apart included. */
function readUsage(objects: readonly JsonObject[]): PlainUsage | undefined {
  const usage = objects
    .map((object) => object['usage'] ?? (isJsonObject(object['x_groq']) ? object['x_groq']['usage'] : undefined))
    .findLast(isJsonObject);
  if (usage === undefined) return undefined;
  const count = (value: JsonValue | undefined) => (typeof value === 'number' ? value : undefined);
  const prompt = isJsonObject(usage['prompt_tokens_details']) ? usage['prompt_tokens_details'] : {};
  const completion = isJsonObject(usage['completion_tokens_details']) ? usage['completion_tokens_details'] : {};
  const reasoning = count(completion['reasoning_tokens']);
  const [promptTokens, completionTokens, total] = [
    Number(usage['prompt_tokens']),
    Number(usage['completion_tokens']),
    Number(usage['total_tokens']),
  ];
  const missing = total - promptTokens - completionTokens;
  return {
    // Voxtral counts heard tokens apart, xAI reasoning; the total has both.
    prompt: promptTokens + (missing > 0 && missing === prompt['audio_tokens'] ? missing : 0),
    completion: completionTokens + (missing > 0 && missing === reasoning ? missing : 0),
    total,
    cached:
      count(prompt['cached_tokens']) ??
      count(usage['prompt_cache_hit_tokens']) ??
      count(usage['cached_tokens']) ??
      count(usage['num_cached_tokens']),
    reasoning,
    cost: readCost(usage),
  };
}

/** In dollars, or in ticks of which there are ten thousand million to the dollar. */
function readCost({ cost, cost_in_usd_ticks: ticks }: JsonObject): number | undefined {
  const stated = isJsonObject(cost) ? cost['total_cost'] : cost;
  if (typeof stated === 'number') return stated;
  return typeof ticks === 'number' ? ticks / 1e10 : undefined;
}

function readErrorMessage({ error, detail }: JsonObject): string | undefined {
  if (isJsonObject(error)) return string(error['message']);
  return string(error) || string(detail) || undefined;
}

function parseObject(text: string): JsonObject {
  const json: JsonValue = JSON.parse(text);
  if (!isJsonObject(json)) throw new Error('a recording holds JSON that is no object');
  return json;
}

function list(value: JsonValue | undefined): JsonObject[] {
  return Array.isArray(value) ? value.filter(isJsonObject) : [];
}

function textOf(part: JsonObject): string {
  return string(part['text']);
}

function string(value: JsonValue | undefined): string {
  return typeof value === 'string' ? value : '';
}
