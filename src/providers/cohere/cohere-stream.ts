import type { ChatEvent } from '../../core/chat-event.ts';
import { createError, type SignalboxError } from '../../core/errors.ts';
import type { JsonObject } from '../../core/json.ts';
import { AnswerDecoder } from '../../dialects/cohere-v2/answer-decoder.ts';
import { type CohereError, decodeErrorObject, findError } from '../../dialects/cohere-v2/decode-error.ts';
import type { ToolNames } from '../../dialects/cohere-v2/tool-names.ts';
import type { SseFrame } from '../../upstream/sse-decoder.ts';
import { UpstreamFailure } from '../../upstream/upstream-failure.ts';
import type { UpstreamResponse } from '../../upstream/upstream-response.ts';
import { classifyFailure } from '../classify-failure.ts';
import { parseEventJson } from '../parse-event-json.ts';
import { FrameReader, type FrameReaderOptions } from '../read-frames.ts';

/** What a stream is read with. */
export interface CohereStreamOptions extends FrameReaderOptions {
  /** The provider's id. */
  readonly provider: string;
  /** The names of the request's tools. */
  readonly toolNames: ToolNames;
  /** What an error inside the stream means. */
  readonly classifyError: (error: CohereError) => SignalboxError;
}

const endMark = '[DONE]';

/**
 * Reads a stream of Cohere's to its events.
 *
 * Complete is what the provider said is complete: `message-end` came, or the end mark. Anything else that ends the stream is a cut.
 *
 * @throws SignalboxError of an attempt when the answer is not complete.
 */
export async function* readCohereStream(
  response: UpstreamResponse,
  options: CohereStreamOptions,
): AsyncGenerator<ChatEvent, void, undefined> {
  const decoder = new AnswerDecoder(options.toolNames);
  const frames = new FrameReader(response.body, options);
  let endMarkCame = false;
  try {
    for await (const frame of frames.read(() => decoder.hasEnded)) {
      const data = frame.data.trim();
      if (data === '' && frame.event !== 'error') continue;
      if (data === endMark) {
        if (!decoder.hasBegun) throw createUnusable(options, 'the stream ended before it began');
        endMarkCame = true;
        yield* decoder.end(undefined, undefined);
        return;
      }
      yield* decoder.decode(parseEvent(frame, options));
    }
  } catch (thrown) {
    // After `message-end` only the end mark can be missing: the answer itself is whole.
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
      problem: 'the stream ended without a finish reason or an end mark',
    });
  }
}

function parseEvent(frame: SseFrame, options: CohereStreamOptions): JsonObject {
  const json = parseEventJson(frame.data, options.provider);
  const error = frame.event === 'error' ? decodeErrorObject(json) : findError(json);
  if (error !== undefined) throw options.classifyError(error);
  return json;
}

function createUnusable({ provider }: CohereStreamOptions, problem: string): SignalboxError {
  return createError('PROVIDER_UNUSABLE', { provider, problem });
}
