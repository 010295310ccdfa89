import type { ChatEvent } from '../core/chat-event.ts';
import { createError, type SignalboxError } from '../core/errors.ts';
import { isJsonObject, type JsonObject, type JsonValue } from '../core/json.ts';
import { AnswerDecoder, type AnswerDecoderOptions, argumentsPath } from '../dialects/gemini/answer-decoder.ts';
import { decodeError, describeBlockedPrompt, type GeminiError } from '../dialects/gemini/decode-error.ts';
import { JsonSource } from '../dialects/json-source.ts';
import { each } from '../dialects/slice-json.ts';
import { SseDecoder } from '../upstream/sse-decoder.ts';
import { UpstreamFailure } from '../upstream/upstream-failure.ts';
import type { UpstreamResponse } from '../upstream/upstream-response.ts';
import { classifyFailure } from './classify-failure.ts';
import { type FinishingOptions, nextBeforeTimeout } from './finishing-body.ts';
import { parseEventJson } from './parse-event-json.ts';

/** What an answer is read with, whole or streamed. */
export interface GeminiAnswerOptions extends AnswerDecoderOptions {
  /** The provider's id. */
  readonly provider: string;
  /** What an error inside the answer means. */
  readonly classifyError: (error: GeminiError) => SignalboxError;
  /** Makes a text of the provider's fit for clients. */
  readonly mask: (text: string) => string;
}

/** What a stream is read with. */
export interface GeminiStreamOptions extends GeminiAnswerOptions, FinishingOptions {
  /** The largest event, in bytes, and the largest arguments of calls that come in several. */
  readonly maxEventBytes: number;
}

/**
 * Reads a stream of Gemini's to its events. It has no end mark: complete is what has a finish reason for every candidate that began when its
 * body ends. A body that breaks off or falls silent is complete only where the tokens were counted after that.
 *
 * @throws SignalboxError of an attempt when the answer is not complete.
 */
export async function* readGeminiStream(
  response: UpstreamResponse,
  options: GeminiStreamOptions,
): AsyncGenerator<ChatEvent, void, undefined> {
  const decoder = new AnswerDecoder({ ...options, maxHeldBytes: options.maxEventBytes });
  const body = response.body[Symbol.asyncIterator]();
  try {
    const sse = new SseDecoder({ maxEventBytes: options.maxEventBytes });
    for (;;) {
      const piece = await (decoder.isEnded ? nextBeforeTimeout(body, options) : body.next());
      const isLast = piece === undefined || piece.done === true;
      for (const { data } of isLast ? sse.end() : sse.push(piece.value)) {
        if (data.trim() === '') {
          // What has begun at the end and has nothing in it is the beginning of what would have come.
          if (isLast && !decoder.isEnded) throw new UpstreamFailure('cut', 'the stream ended within an event');
          continue;
        }
        const chunk = parseEventJson(data, options.provider);
        yield* decodeChunk(chunk, new JsonSource(data, chunk, argumentsPath), decoder, options);
      }
      if (isLast) break;
    }
  } catch (thrown) {
    // The answer itself is whole then.
    if (!(decoder.isEnded && thrown instanceof UpstreamFailure)) throw classifyFailure(options.provider, thrown);
  } finally {
    await body.return?.();
  }
  if (!decoder.hasBegun) throw createUnusable(options, 'the stream ended without a candidate');
  yield* endCandidates(decoder, options);
  if (!decoder.isEveryBegunCandidateFinished) {
    const problem = 'the stream ended without a finish reason';
    throw createError('PROVIDER_CUT', { provider: options.provider, problem });
  }
}

/**
 * Reads a whole answer to the events that a stream of it would give.
 *
 * @throws SignalboxError of an attempt when it is not complete.
 */
export function readGeminiReply(text: string, options: GeminiAnswerOptions): ChatEvent[] {
  let json: JsonValue;
  try {
    json = JSON.parse(text);
  } catch {
    throw createUnusable(options, 'it is not JSON');
  }
  // A stream that does not come as server-sent events is an array of its chunks.
  const chunks = Array.isArray(json) ? json : [json];
  const source = new JsonSource(text, json, Array.isArray(json) ? [each, ...argumentsPath] : argumentsPath);
  const decoder = new AnswerDecoder(options);
  const events: ChatEvent[] = [];
  for (const chunk of chunks) {
    if (!isJsonObject(chunk)) throw createUnusable(options, 'it is not a JSON object');
    for (const event of decodeChunk(chunk, source, decoder, options)) events.push(event);
  }
  if (!decoder.hasBegun) throw createUnusable(options, 'it has no candidates');
  if (!decoder.hasEveryBegunCandidateSaid) throw createUnusable(options, 'it has a candidate that says nothing');
  // Unlike a stream, JSON that parses is complete by its own form.
  for (const event of decoder.end(true)) events.push(event);
  return events;
}

function* decodeChunk(
  chunk: JsonObject,
  source: JsonSource,
  decoder: AnswerDecoder,
  options: GeminiAnswerOptions,
): Generator<ChatEvent> {
  const error = decodeError(chunk);
  if (error !== undefined) throw options.classifyError(error);
  const blocked = describeBlockedPrompt(chunk);
  if (blocked !== undefined) {
    throw createError('CONTENT_REFUSED', { problem: options.mask(blocked) }, { code: 'content_filter' });
  }
  yield* decoder.decode(chunk, source);
  if (decoder.problem !== undefined) throw createUnusable(options, decoder.problem);
}

function endCandidates(decoder: AnswerDecoder, { provider }: GeminiAnswerOptions): ChatEvent[] {
  try {
    return decoder.end(false);
  } catch (thrown) {
    throw classifyFailure(provider, thrown);
  }
}

function createUnusable({ provider }: GeminiAnswerOptions, problem: string): SignalboxError {
  return createError('PROVIDER_UNUSABLE', { provider, problem });
}
