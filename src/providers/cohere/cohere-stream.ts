import type { ChatEvent } from '../../core/chat-event.ts';
import type { Clock } from '../../core/clock.ts';
import { createError, type SignalboxError } from '../../core/errors.ts';
import { isJsonObject, type JsonObject, type JsonValue } from '../../core/json.ts';
import { AnswerDecoder } from '../../dialects/cohere-v2/answer-decoder.ts';
import { type CohereError, decodeErrorObject, findError } from '../../dialects/cohere-v2/decode-error.ts';
import type { ToolNames } from '../../dialects/cohere-v2/tool-names.ts';
import { SseDecoder, type SseFrame } from '../../upstream/sse-decoder.ts';
import { UpstreamFailure } from '../../upstream/upstream-failure.ts';
import type { UpstreamResponse } from '../../upstream/upstream-response.ts';
import { classifyFailure } from '../classify-failure.ts';

/** What a stream is read with. */
export interface CohereStreamOptions {
  /** The provider's id. */
  readonly provider: string;
  readonly clock: Clock;
  /** The names of the request's tools. */
  readonly toolNames: ToolNames;
  readonly maxEventBytes: number;
  /** How long the end mark may take once the answer is whole, in milliseconds. */
  readonly finishTimeoutMs: number;
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
  const body = response.body[Symbol.asyncIterator]();
  let endMarkCame = false;
  try {
    for await (const frame of readFrames(body, decoder, options)) {
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
    // Only a body that is read to its end leaves its connection for the next call. Nobody waits for that end.
    if (endMarkCame) drain(body, options).catch(() => {});
    else await body.return?.();
  }
  if (!decoder.hasBegun) throw createUnusable(options, 'the stream ended without a message');
  if (!decoder.hasEnded) {
    throw createError('PROVIDER_CUT', {
      provider: options.provider,
      problem: 'the stream ended without a finish reason or an end mark',
    });
  }
}

async function* readFrames(
  body: AsyncIterator<Uint8Array>,
  decoder: AnswerDecoder,
  options: CohereStreamOptions,
): AsyncGenerator<SseFrame, void, undefined> {
  const sse = new SseDecoder({ maxEventBytes: options.maxEventBytes });
  for (;;) {
    const piece = await (decoder.hasEnded ? nextBeforeTimeout(body, options) : body.next());
    if (piece === undefined || piece.done === true) break;
    yield* sse.push(piece.value);
  }
  yield* sse.end();
}

async function drain(body: AsyncIterator<Uint8Array>, options: CohereStreamOptions): Promise<void> {
  const piece = await nextBeforeTimeout(body, options);
  // The terminator comes with the end mark or right after it. A server that sends more has ended all the same.
  if (piece?.done !== true) await body.return?.();
}

/** The next piece, or `undefined` when it does not come in time: a provider that has finished may forget to hang up. */
function nextBeforeTimeout(
  body: AsyncIterator<Uint8Array>,
  { clock, finishTimeoutMs }: CohereStreamOptions,
): Promise<IteratorResult<Uint8Array> | undefined> {
  return new Promise((resolve, reject) => {
    const cancel = clock.after(finishTimeoutMs, () => resolve(undefined));
    body.next().then(resolve, reject).finally(cancel);
  });
}

function parseEvent(frame: SseFrame, options: CohereStreamOptions): JsonObject {
  let json: JsonValue;
  try {
    json = JSON.parse(frame.data);
  } catch {
    throw createUnusable(options, 'an event of the stream is not JSON');
  }
  if (!isJsonObject(json)) throw createUnusable(options, 'an event of the stream is not a JSON object');
  const error = frame.event === 'error' ? decodeErrorObject(json) : findError(json);
  if (error !== undefined) throw options.classifyError(error);
  return json;
}

function createUnusable({ provider }: CohereStreamOptions, problem: string): SignalboxError {
  return createError('PROVIDER_UNUSABLE', { provider, problem });
}
