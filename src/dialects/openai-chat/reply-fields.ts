import { create } from '@bufbuild/protobuf';
import {
  type Annotation,
  AnnotationSchema,
  type Image,
  ImageSchema,
  type OutputAudio,
  OutputAudioSchema,
} from '../../../gen/signalbox/chat/v1/chat_completion_pb.ts';
import {
  type Logprobs,
  LogprobsSchema,
  TokenLogprobSchema,
  TopLogprobSchema,
} from '../../../gen/signalbox/chat/v1/logprobs_pb.ts';
import { isJsonObject, type JsonObject, type JsonValue } from '../../core/json.ts';
import { count, number, objects, piece, text } from '../read-values.ts';

export { count, number, objects, piece, text } from '../read-values.ts';

/**
 * Reads the parts that a whole reply and a chunk have in common. Providers are not clients: what has an unexpected type is taken
 * as absent, so that one odd field does not cost an answer.
 */

/** What a message or delta says, under whichever names. The caller makes it well-formed. */
export interface SpokenText {
  readonly content: string | undefined;
  readonly reasoning: string | undefined;
  readonly refusal: string | undefined;
}

/**
 * Reads content, reasoning and refusal.
 *
 * Reasoning is `reasoning_content` (DeepSeek, xAI, Z.ai, vLLM) or `reasoning` (Groq, OpenRouter, Cerebras, Ollama); some send
 * both with the same text. Mistral's reasoning models send content as an array of `thinking` and `text` parts, Snowflake only the
 * `reasoning_details` that OpenRouter sends beside its text.
 */
export function readSpokenText(json: JsonObject): SpokenText {
  const parts = json['content'];
  const fromParts = Array.isArray(parts) ? readParts(parts) : undefined;
  return {
    content: fromParts?.content ?? piece(parts),
    reasoning:
      piece(json['reasoning_content']) ?? piece(json['reasoning']) ?? fromParts?.reasoning ?? readDetails(json),
    refusal: piece(json['refusal']),
  };
}

function readParts(parts: JsonValue[]): { content: string | undefined; reasoning: string | undefined } {
  let content = '';
  let reasoning = '';
  for (const part of objects(parts)) {
    if (part['type'] === 'thinking') {
      const thinking = part['thinking'];
      reasoning +=
        piece(thinking) ??
        objects(thinking)
          .map((step) => piece(step['text']) ?? '')
          .join('');
    } else {
      content += piece(part['text']) ?? '';
    }
  }
  return { content: content || undefined, reasoning: reasoning || undefined };
}

/** The text in `reasoning_details`: openrouter.ai/docs/use-cases/reasoning-tokens#reasoning_details-array-structure. */
function readDetails(json: JsonObject): string | undefined {
  const texts = objects(json['reasoning_details']).map(
    (detail) => piece(detail['text']) ?? piece(detail['summary']) ?? '',
  );
  return texts.join('') || undefined;
}

/** Reads url citations. Other kinds of annotation are for other APIs. */
export function readAnnotations(value: JsonValue | undefined): Annotation[] {
  return objects(value).flatMap((json) => {
    const citation = json['url_citation'];
    if (!isJsonObject(citation)) return [];
    return create(AnnotationSchema, {
      type: 'url_citation',
      urlCitation: {
        url: text(citation['url']) ?? '',
        title: text(citation['title']) ?? '',
        content: text(citation['content']),
        startIndex: count(citation['start_index']),
        endIndex: count(citation['end_index']),
      },
    });
  });
}

/**
 * Reads the pages that an answer as a whole is drawn from, which stand beside its choices: Perplexity's `search_results`
 * (docs.perplexity.ai/api-reference/chat-completions-post), Z.ai's `web_search` (docs.z.ai/api-reference/llm/chat-completion), or the bare
 * addresses in `citations`, which xAI has as well (docs.x.ai/docs/guides/live-search).
 */
export function readSources(reply: JsonObject): Annotation[] {
  const pages = [...objects(reply['search_results']), ...objects(reply['web_search'])];
  const addresses = Array.isArray(reply['citations']) ? reply['citations'] : [];
  const named = pages.length > 0 ? pages : addresses.map((url): JsonObject => ({ url }));
  return named.flatMap((page) => {
    const url = text(page['url']) ?? text(page['link']);
    if (url === undefined) return [];
    const content = text(page['snippet']) ?? text(page['content']);
    const urlCitation = { url, title: text(page['title']) ?? '', content };
    return create(AnnotationSchema, { type: 'url_citation', urlCitation });
  });
}

/** Reads generated images, which OpenRouter and Google's compatible endpoint give in `images`. */
export function readImages(value: JsonValue | undefined): Image[] {
  return objects(value).flatMap((json) => {
    const image = json['image_url'];
    const url = isJsonObject(image) ? text(image['url']) : text(image);
    return url === undefined ? [] : create(ImageSchema, { type: 'image_url', imageUrl: { url } });
  });
}

/**
 * Reads generated audio, whole or a piece. Snowflake sends one without anything in it with every text.
 *
 * @param joinTranscript - makes a piece of the transcript well-formed; the empty string is nothing to say yet.
 */
export function readAudio(
  value: JsonValue | undefined,
  joinTranscript: (spoken: string) => string,
): OutputAudio | undefined {
  if (!isJsonObject(value)) return undefined;
  const transcript = piece(value['transcript']);
  const audio = {
    id: text(value['id']),
    data: text(value['data']),
    transcript: transcript === undefined ? undefined : joinTranscript(transcript) || undefined,
    expiresAt: readTime(value['expires_at']),
  };
  return Object.values(audio).some((known) => known !== undefined) ? create(OutputAudioSchema, audio) : undefined;
}

/** Unix time in seconds. No answer is from 1970. */
function readTime(value: JsonValue | undefined): bigint | undefined {
  return typeof value === 'number' && Number.isSafeInteger(value) && value > 0 ? BigInt(value) : undefined;
}

/**
 * The tool calls of a message or delta. OpenAI's functions API, the predecessor of tools, has one, without an id; Snowflake sends an
 * empty one with every message.
 */
export function readCalls(json: JsonObject): JsonObject[] {
  const calls = objects(json['tool_calls']);
  const legacy = json['function_call'];
  if (calls.length > 0 || !isJsonObject(legacy)) return calls;
  return text(legacy['name']) === undefined && readArguments(legacy) === '' ? [] : [{ index: 0, function: legacy }];
}

/** Whether a call is of a custom tool. By its type where it has one: Snowflake sends an empty `custom` with every function. */
export function isCustomCall(call: JsonObject): boolean {
  const type = text(call['type']);
  return type === undefined ? isJsonObject(call['custom']) && !isJsonObject(call['function']) : type === 'custom';
}

/** Arguments are text and stay as they are; the caller makes them well-formed. A server that sends an object in their place has no text to keep. */
export function readArguments(fn: JsonObject): string {
  const value = fn['arguments'];
  if (typeof value === 'string') return value;
  return isJsonObject(value) ? JSON.stringify(value) : '';
}

/** The arguments of a call without any: `{}`, as OpenAI has them. Some providers send the empty string or null. */
export const noArguments = '{}';

/** 80 bits of a random UUID: what two answers of one conversation do not share. */
const maxAnswerIdChars = 20;

/**
 * What the ids of tool calls begin with where the provider gives none. No other answer has the same, nor another choice: a conversation
 * tells its calls apart by their ids.
 *
 * @param answerId - the answer's own id.
 */
export function createCallIdPrefix(answerId: string, choiceIndex: number): string {
  // OpenAI takes no longer ids than 40 characters: the whole of a UUID would be too much.
  const answer = answerId.replace(/[^A-Za-z0-9]/g, '').slice(0, maxAnswerIdChars);
  return choiceIndex === 0 ? `call_${answer}` : `call_${answer}_${choiceIndex}`;
}

/** Reads log probabilities in OpenAI's form. Together's older form is another one and is left out. */
export function readLogprobs(value: JsonValue | undefined): Logprobs | undefined {
  if (!isJsonObject(value)) return undefined;
  const content = objects(value['content']).map(readTokenLogprob);
  const refusal = objects(value['refusal']).map(readTokenLogprob);
  return content.length + refusal.length === 0 ? undefined : create(LogprobsSchema, { content, refusal });
}

function readTokenLogprob(json: JsonObject) {
  return create(TokenLogprobSchema, {
    token: text(json['token']) ?? '',
    logprob: number(json['logprob']) ?? 0,
    bytes: readBytes(json['bytes']),
    topLogprobs: objects(json['top_logprobs']).map((top) =>
      create(TopLogprobSchema, {
        token: text(top['token']) ?? '',
        logprob: number(top['logprob']) ?? 0,
        bytes: readBytes(top['bytes']),
      }),
    ),
  });
}

function readBytes(value: JsonValue | undefined): Uint8Array<ArrayBuffer> | undefined {
  return Array.isArray(value) ? Uint8Array.from(value, (byte) => (typeof byte === 'number' ? byte : 0)) : undefined;
}
