import { isJsonObject, type JsonObject, type JsonValue } from '../../src/core/json.ts';
import type { PlainAnswer, PlainChoice, PlainToolCall, PlainUsage } from '../support/plain-answer.ts';
import type { RecordedCase } from '../support/recorded-traffic.ts';

/**
 * Reads what a recording of a Gemini API holds: the oracle that the decoders are held to. It shares nothing with them, and takes the easy
 * way that hindsight allows: the whole text is there, and each field is looked at once.
 */

/** What a recording holds. */
export interface RecordedGeminiAnswer {
  readonly answer: PlainAnswer;
  /** The signature of each tool call that has one, by its place. */
  readonly signatures: ReadonlyMap<number, string>;
  /** `undefined`: it is no error answer. */
  readonly errorMessage: string | undefined;
  /** Whether the prompt was blocked. */
  readonly isBlocked: boolean;
  /** Whether a candidate came, and each said why it ended. */
  readonly hasCandidates: boolean;
  readonly isComplete: boolean;
}

/** Reads a recording. */
export function readRecordedGeminiAnswer(recorded: RecordedCase): RecordedGeminiAnswer {
  const objects = readObjects(recorded);
  const pieces = objects.flatMap((object) => list(object['candidates']));
  const parts = pieces.flatMap(({ content }) => (isJsonObject(content) ? list(content['parts']) : []));
  const responseId = objects.map((object) => string(object['responseId'])).find((id) => id !== '');
  const { calls, signatures } = readCalls(parts, responseId);
  const finishReason = readFinishReason(pieces, calls);
  const choice: PlainChoice = {
    index: 0,
    content: parts.map((part) => (part['thought'] === true ? '' : string(part['text']))).join(''),
    reasoning: parts.map((part) => (part['thought'] === true ? string(part['text']) : describeCode(part))).join(''),
    refusal: '',
    toolCalls: calls,
    images: parts.flatMap(({ inlineData }) =>
      isJsonObject(inlineData) ? `data:${string(inlineData['mimeType'])};base64,${string(inlineData['data'])}` : [],
    ),
    citations: pieces.flatMap(readCitations),
    finishReason,
  };
  const error = objects.map((object) => object['error']).find(isJsonObject);
  return {
    answer: { choices: pieces.length === 0 ? [] : [choice], usage: readUsage(objects) },
    signatures,
    errorMessage: recorded.httpStatus >= 400 ? string(error?.['message']) : undefined,
    isBlocked: objects.some(({ promptFeedback: told }) => isJsonObject(told) && told['blockReason'] !== undefined),
    hasCandidates: pieces.length > 0,
    isComplete: finishReason !== undefined,
  };
}

function readObjects(recorded: RecordedCase): JsonObject[] {
  const text = recorded.readBody().toString('utf8');
  const texts =
    recorded.kind === 'stream' ? [...text.matchAll(/^data: ?(\{.*\})\r?$/gm)].map(([, json]) => json) : [text];
  return texts.flatMap((json = '') => {
    if (!json.trimStart().startsWith('{')) return [];
    const value: JsonValue = JSON.parse(json);
    return isJsonObject(value) ? [value] : [];
  });
}

/** A call begins with its name; pieces of its arguments follow until the next. The recorded pieces are of strings one level down. */
function readCalls(parts: readonly JsonObject[], responseId: string | undefined) {
  const calls: { id: string; name: string; args: JsonObject }[] = [];
  const signatures = new Map<number, string>();
  for (const { functionCall, thoughtSignature } of parts) {
    if (!isJsonObject(functionCall)) continue;
    if (typeof functionCall['name'] === 'string') {
      const id =
        string(functionCall['id']) || `call_${responseId ?? '00000000000040008000000000000000'}_${calls.length}`;
      const args = isJsonObject(functionCall['args']) ? functionCall['args'] : {};
      calls.push({ id, name: functionCall['name'], args: { ...args } });
    }
    if (typeof thoughtSignature === 'string') signatures.set(calls.length - 1, thoughtSignature);
    for (const { jsonPath, stringValue } of list(functionCall['partialArgs'])) {
      const key = string(jsonPath).replace('$.', '');
      const args = calls.at(-1)?.args ?? {};
      args[key] = string(args[key]) + string(stringValue);
    }
  }
  const plain: PlainToolCall[] = calls.map(({ args, ...call }) => ({ ...call, arguments: JSON.stringify(args) }));
  return { calls: plain, signatures };
}

function describeCode({ executableCode: code, codeExecutionResult: result }: JsonObject): string {
  if (isJsonObject(code)) return `\n\`\`\`python\n${string(code['code'])}\n\`\`\`\n`;
  return isJsonObject(result) ? `\n\`\`\`\n${string(result['output'])}\n\`\`\`\n` : '';
}

/** The last reason, in OpenAI's words. */
function readFinishReason(pieces: readonly JsonObject[], calls: readonly PlainToolCall[]): string | undefined {
  const reason = pieces.map((piece) => piece['finishReason']).findLast((value) => value !== undefined);
  if (reason === undefined) return undefined;
  if (reason === 'MAX_TOKENS' || reason === 2) return 'length';
  if (['SAFETY', 'RECITATION', 'MODEL_ARMOR'].includes(string(reason))) return 'content_filter';
  return calls.length > 0 ? 'tool_calls' : 'stop';
}

/** The pages of each grounded span, then those of no span, then recited ones. */
function readCitations({ groundingMetadata: grounding, citationMetadata: recited }: JsonObject): string[] {
  const chunks = isJsonObject(grounding) ? list(grounding['groundingChunks']) : [];
  const supports = isJsonObject(grounding) ? list(grounding['groundingSupports']) : [];
  const urls = chunks.map(({ web, maps }) => string((isJsonObject(web) ? web : isJsonObject(maps) ? maps : {})['uri']));
  const used = supports.flatMap(({ groundingChunkIndices: indices }) =>
    Array.isArray(indices) ? indices.map(Number) : [],
  );
  const pages = isJsonObject(recited) ? [...list(recited['citationSources']), ...list(recited['citations'])] : [];
  return [
    ...used.map((index) => urls[index] ?? ''),
    ...urls.filter((_, index) => !used.includes(index)),
    ...pages.map(({ uri }) => string(uri)),
  ].filter((url) => url !== '');
}

/** The last one that counts; what is counted apart is included. */
function readUsage(objects: readonly JsonObject[]): PlainUsage | undefined {
  const usage = objects
    .map(({ usageMetadata }) => usageMetadata)
    .filter(isJsonObject)
    .findLast((metadata) => metadata['totalTokenCount'] !== undefined);
  if (usage === undefined) return undefined;
  const count = (field: string) => (typeof usage[field] === 'number' ? usage[field] : undefined);
  return {
    prompt: (count('promptTokenCount') ?? 0) + (count('toolUsePromptTokenCount') ?? 0),
    completion: (count('candidatesTokenCount') ?? 0) + (count('thoughtsTokenCount') ?? 0),
    total: count('totalTokenCount'),
    cached: count('cachedContentTokenCount'),
    reasoning: count('thoughtsTokenCount'),
  };
}

function list(value: JsonValue | undefined): JsonObject[] {
  return Array.isArray(value) ? value.filter(isJsonObject) : [];
}

function string(value: JsonValue | undefined): string {
  return typeof value === 'string' ? value : '';
}
