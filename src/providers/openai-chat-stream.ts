import type { ChatEvent } from '../core/chat-event.ts';
import { createError, type SignalboxError } from '../core/errors.ts';
import { ChunkDecoder, type ChunkDecoderOptions } from '../dialects/openai-chat/chunk-decoder.ts';
import { decodeError, decodeErrorObject, type ProviderErrorBody } from '../dialects/openai-chat/decode-error.ts';
import type { SseFrame } from '../upstream/sse-decoder.ts';
import { UpstreamFailure } from '../upstream/upstream-failure.ts';
import type { UpstreamResponse } from '../upstream/upstream-response.ts';
import { classifyFailure } from './classify-failure.ts';
import { parseEventJson } from './parse-event-json.ts';
import { FrameReader, type FrameReaderOptions } from './read-frames.ts';

/** What a stream is read with. */
export interface OpenAiStreamOptions extends ChunkDecoderOptions, FrameReaderOptions {
  /** The provider's id. */
  readonly provider: string;
  /** What an error inside the stream means. */
  readonly classifyError: (error: ProviderErrorBody) => SignalboxError;
}

const endMark = '[DONE]';

/**
 * Reads a stream in OpenAI's format to its events.
 *
 * Complete is what the provider said is complete: every choice has its finish reason, or the end mark came. An end mark alone is
 * enough, since some providers send no reason, and a reason alone too, since some send no mark. Anything else that ends the
 * stream is a cut, and so is an end mark alone in the middle of a tool call.
 *
 * @throws SignalboxError of an attempt when the answer is not complete.
 */
export async function* readOpenAiStream(
  response: UpstreamResponse,
  options: OpenAiStreamOptions,
): AsyncGenerator<ChatEvent, void, undefined> {
  const decoder = new ChunkDecoder(options);
  const frames = new FrameReader(response.body, options);
  let endMarkCame = false;
  try {
    for await (const frame of frames.read(() => decoder.isComplete)) {
      // Some servers put blanks around the end mark, or keep the connection alive with events of nothing. An error is never nothing.
      const data = frame.data.trim();
      if (data === '' && frame.event !== 'error') continue;
      if (data === endMark) {
        if (!decoder.hasBegun) throw createUnusable(options, 'the stream has no choices');
        endMarkCame = true;
        if (decoder.hasHalfCall) throw createCut(options, 'the stream ended in the middle of a tool call');
        yield* decoder.finishOpenChoices();
        return;
      }
      yield* decodeFrame(frame, decoder, options);
    }
  } catch (thrown) {
    // After the last finish reason only usage and the end mark can be missing: the answer itself is whole.
    if (decoder.isComplete && thrown instanceof UpstreamFailure) return;
    throw classifyFailure(options.provider, thrown);
  } finally {
    if (endMarkCame) frames.drain();
    else await frames.close();
  }
  if (!decoder.hasBegun) throw createUnusable(options, 'the stream ended without a choice');
  if (!decoder.isEveryBegunChoiceFinished) {
    throw createCut(options, 'the stream ended without a finish reason or an end mark');
  }
}

function decodeFrame(frame: SseFrame, decoder: ChunkDecoder, options: OpenAiStreamOptions): ChatEvent[] {
  const json = parseEventJson(frame.data, options.provider);
  const error = frame.event === 'error' ? decodeErrorObject(json) : decodeError(json);
  if (error !== undefined) throw options.classifyError(error);
  return decoder.decode(json);
}

function createCut({ provider }: OpenAiStreamOptions, problem: string): SignalboxError {
  return createError('PROVIDER_CUT', { provider, problem });
}

function createUnusable({ provider }: OpenAiStreamOptions, problem: string): SignalboxError {
  return createError('PROVIDER_UNUSABLE', { provider, problem });
}
