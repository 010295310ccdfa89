import type { ChatEvent } from '../../core/chat-event.ts';
import { createError, type SignalboxError } from '../../core/errors.ts';
import type { JsonObject } from '../../core/json.ts';
import { AnswerDecoder } from '../../dialects/bedrock-converse/answer-decoder.ts';
import type { BlockOptions } from '../../dialects/bedrock-converse/block-decoder.ts';
import { type ConverseError, decodeException } from '../../dialects/bedrock-converse/decode-error.ts';
import { EventStreamDecoder, type EventStreamMessage } from '../../upstream/event-stream-decoder.ts';
import { UpstreamFailure } from '../../upstream/upstream-failure.ts';
import type { UpstreamResponse } from '../../upstream/upstream-response.ts';
import { classifyFailure } from '../classify-failure.ts';
import { drainBody, type FinishingOptions, nextBeforeTimeout } from '../finishing-body.ts';
import { parseEventJson } from '../parse-event-json.ts';

/** What a stream is read with. */
export interface BedrockStreamOptions extends BlockOptions, FinishingOptions {
  /** The provider's id. */
  readonly provider: string;
  readonly maxEventBytes: number;
  /** What an error inside the stream means. */
  readonly classifyError: (error: ConverseError) => SignalboxError;
}

const utf8 = new TextDecoder();

/**
 * Reads a stream of ConverseStream to its events.
 *
 * Complete is what the provider said is complete: `messageStop` came. The usage comes behind it, and is waited for only so long.
 *
 * @throws SignalboxError of an attempt when the answer is not complete.
 */
export async function* readBedrockStream(
  response: UpstreamResponse,
  options: BedrockStreamOptions,
): AsyncGenerator<ChatEvent, void, undefined> {
  const decoder = new AnswerDecoder(options);
  const messages = new EventStreamDecoder({ maxMessageBytes: options.maxEventBytes });
  const body = response.body[Symbol.asyncIterator]();
  let isOver = false;
  try {
    for (;;) {
      const piece = await (decoder.hasEnded ? nextBeforeTimeout(body, options) : body.next());
      if (piece === undefined || piece.done === true) break;
      for (const message of messages.push(piece.value)) {
        const type = message.headers.get(':event-type');
        yield* decoder.decode(type, readPayload(message, options));
        isOver ||= decoder.hasEnded && AnswerDecoder.isLast(type);
      }
      if (isOver) return;
    }
  } catch (thrown) {
    // After the stop reason only the usage can be missing: the answer itself is whole.
    if (decoder.hasEnded && thrown instanceof UpstreamFailure) return;
    throw classifyFailure(options.provider, thrown);
  } finally {
    if (isOver) drainBody(body, options);
    else await body.return?.();
  }
  if (decoder.hasEnded) return;
  if (!decoder.hasBegun && !messages.isInsideMessage)
    throw createUnusable(options, 'the stream ended without a message');
  throw createError('PROVIDER_CUT', { provider: options.provider, problem: 'the stream ended without a stop reason' });
}

/**
 * The event in a message.
 *
 * @throws SignalboxError for a message that says that the provider failed: one of the API's exceptions, or an error beside them
 * (smithy.io/2.0/aws/amazon-eventstream.html).
 */
function readPayload({ headers, payload }: EventStreamMessage, options: BedrockStreamOptions): JsonObject {
  const kind = headers.get(':message-type');
  if (kind === 'error') {
    throw options.classifyError({ type: headers.get(':error-code'), message: headers.get(':error-message') });
  }
  const json = parseEventJson(utf8.decode(payload), options.provider);
  if (kind === 'exception') throw options.classifyError(decodeException(json, headers.get(':exception-type')));
  return json;
}

function createUnusable({ provider }: BedrockStreamOptions, problem: string): SignalboxError {
  return createError('PROVIDER_UNUSABLE', { provider, problem });
}
