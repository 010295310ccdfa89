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

/**
 * Reads the parts that a whole reply and a chunk have in common. Providers are not clients: what has an unexpected type is taken
 * as absent, so that one odd field does not cost an answer.
 */

/** A non-empty string, or `undefined`. */
export function text(value: JsonValue | undefined): string | undefined {
  return typeof value === 'string' && value !== '' ? value : undefined;
}

/** A finite number, or `undefined`. */
export function number(value: JsonValue | undefined): number | undefined {
  return typeof value === 'number' && Number.isFinite(value) ? value : undefined;
}

/** The objects of an array; nothing when it is none. */
export function objects(value: JsonValue | undefined): JsonObject[] {
  return Array.isArray(value) ? value.filter(isJsonObject) : [];
}

/** What a message or delta says, under whichever names. */
export interface SpokenText {
  readonly content: string | undefined;
  readonly reasoning: string | undefined;
  readonly refusal: string | undefined;
}

/**
 * Reads content, reasoning and refusal.
 *
 * Reasoning is `reasoning_content` (DeepSeek, xAI, Z.ai, vLLM) or `reasoning` (Groq, OpenRouter, Cerebras, Ollama); some send
 * both with the same text. Mistral's reasoning models send content as an array of `thinking` and `text` parts.
 */
export function readSpokenText(json: JsonObject): SpokenText {
  const parts = json['content'];
  const fromParts = Array.isArray(parts) ? readParts(parts) : undefined;
  return {
    content: fromParts?.content ?? text(parts),
    reasoning: text(json['reasoning_content']) ?? text(json['reasoning']) ?? fromParts?.reasoning,
    refusal: text(json['refusal']),
  };
}

function readParts(parts: JsonValue[]): { content: string | undefined; reasoning: string | undefined } {
  let content = '';
  let reasoning = '';
  for (const part of objects(parts)) {
    if (part['type'] === 'thinking') {
      const thinking = part['thinking'];
      reasoning +=
        text(thinking) ??
        objects(thinking)
          .map((piece) => text(piece['text']) ?? '')
          .join('');
    } else {
      content += text(part['text']) ?? '';
    }
  }
  return { content: content || undefined, reasoning: reasoning || undefined };
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
        startIndex: number(citation['start_index']),
        endIndex: number(citation['end_index']),
      },
    });
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

/** Reads generated audio, whole or a piece. */
export function readAudio(value: JsonValue | undefined): OutputAudio | undefined {
  if (!isJsonObject(value)) return undefined;
  const expiresAt = number(value['expires_at']);
  return create(OutputAudioSchema, {
    id: text(value['id']),
    data: text(value['data']),
    transcript: text(value['transcript']),
    expiresAt: expiresAt === undefined ? undefined : BigInt(Math.trunc(expiresAt)),
  });
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
