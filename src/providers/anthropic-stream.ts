import type { ChatEvent } from '../core/chat-event.ts';
import { createError, type SignalboxError } from '../core/errors.ts';
import type { JsonObject } from '../core/json.ts';
import { AnswerDecoder } from '../dialects/anthropic-messages/answer-decoder.ts';
import { decodeErrorObject, findError, type MessagesError } from '../dialects/anthropic-messages/decode-error.ts';
import type { SseFrame } from '../upstream/sse-decoder.ts';
import { UpstreamFailure } from '../upstream/upstream-failure.ts';
import type { UpstreamResponse } from '../upstream/upstream-response.ts';
import { classifyFailure } from './classify-failure.ts';
import { parseEventJson } from './parse-event-json.ts';
import { FrameReader, type FrameReaderOptions } from './read-frames.ts';

/** What a stream is read with. */
export interface AnthropicStreamOptions extends FrameReaderOptions {
  /** The provider's id. */
  readonly provider: string;
  /** The tool whose arguments are the answer. */
  readonly answerTool: string | undefined;
  /** What an error inside the stream means. */
  readonly classifyError: (error: MessagesError) => SignalboxError;
}

/**
 * Reads a stream of the Messages API to its events.
 *
 * Complete is what the provider said is complete: the stop reason came, or the end mark `message_stop`. Anything else that ends the
 * stream is a cut.
 *
 * @throws SignalboxError of an attempt when the answer is not complete.
 */
export async function* readAnthropicStream(
  response: UpstreamResponse,
  options: AnthropicStreamOptions,
): AsyncGenerator<ChatEvent, void, undefined> {
  const decoder = new AnswerDecoder(options.answerTool);
  const frames = new FrameReader(response.body, options);
  let endMarkCame = false;
  try {
    for await (const frame of frames.read(() => decoder.hasEnded)) {
      if (frame.data.trim() === '' && frame.event !== 'error') continue;
      const event = parseEvent(frame, options);
      if (AnswerDecoder.isEndMark(event)) {
        if (!decoder.hasBegun) throw createUnusable(options, 'the stream ended before it began');
        endMarkCame = true;
        yield* decoder.end(undefined, undefined);
        return;
      }
      yield* decoder.decode(event);
    }
  } catch (thrown) {
    // After the stop reason only the end mark can be missing: the answer itself is whole.
    if (decoder.hasEnded && thrown instanceof UpstreamFailure) return;
    throw classifyFailure(options.provider, thrown);
  } finally {
    if (endMarkCame) frames.drain();
    else await frames.close();
  }
  if (!decoder.hasBegun) throw createUnusable(options, 'the stream ended without a message');
  if (!decoder.hasEnded) {
    throw createError('PROVIDER_CUT', {
      provider: options.provider,
      problem: 'the stream ended without a stop reason or an end mark',
    });
  }
}

function parseEvent(frame: SseFrame, options: AnthropicStreamOptions): JsonObject {
  const json = parseEventJson(frame.data, options.provider);
  const error = frame.event === 'error' ? decodeErrorObject(json) : findError(json);
  if (error !== undefined) throw options.classifyError(error);
  return json;
}

function createUnusable({ provider }: AnthropicStreamOptions, problem: string): SignalboxError {
  return createError('PROVIDER_UNUSABLE', { provider, problem });
}
