import type { ChatEvent } from '../core/chat-event.ts';
import type { SignalboxError } from '../core/errors.ts';
import type { JsonObject } from '../core/json.ts';
import { decodeErrorBody, type GeminiError } from '../dialects/gemini/decode-error.ts';
import { encodeRequest } from '../dialects/gemini/encode-request.ts';
import { listRemoteImages } from '../dialects/gemini/media.ts';
import type { ImageFetchOptions } from '../upstream/fetch-image.ts';
import { readBodyText } from '../upstream/read-body.ts';
import { headerValue, type ResponseHeaders } from '../upstream/response-headers.ts';
import { parseRetryAfterMs } from '../upstream/retry-after.ts';
import { UpstreamFailure } from '../upstream/upstream-failure.ts';
import type { UpstreamResponse } from '../upstream/upstream-response.ts';
import { classifyFailure } from './classify-failure.ts';
import { classifyGeminiError } from './classify-gemini-error.ts';
import { createRequestImages } from './fetch-request-images.ts';
import { readGeminiReply, readGeminiStream } from './gemini-stream.ts';
import { listSecrets, maskSecrets } from './mask-secrets.ts';
import type { ChatAttempt, ChatReply, Provider, ProviderDependencies, ProviderSettings } from './provider.ts';

/** What a provider of Gemini models is made of. */
export interface GeminiProviderOptions {
  readonly id: string;
  readonly settings: ProviderSettings;
  /** The URL of a model's methods, without a colon and the method. Throws a SignalboxError for what is no model's name. */
  readonly modelUrl: (model: string) => string;
  /** The headers that carry the operator's credentials. The signal ends the wait for them. */
  readonly authHeaders: (signal: AbortSignal) => Promise<Readonly<Record<string, string>>>;
  /** What an error answer means, where the platform knows better than Google's words for all. Default: it never does. */
  readonly classifyPlatformError?: ((status: number, body: string) => SignalboxError | undefined) | undefined;
  /** Makes of the body what the platform takes. Default: it stays as it is. */
  readonly adaptBody?: (body: JsonObject) => JsonObject;
  /** What differs from the bounds of images that are fetched: for tests. */
  readonly imageOptions?: Partial<ImageFetchOptions> | undefined;
}

/** The longest error body that is read, in bytes. Real ones are a few kilobytes, or pages of HTML that say nothing. */
const maxErrorBytes = 256 * 1024;

/** A request to Gemini may have 20 MB with everything in it (ai.google.dev/gemini-api/docs/image-understanding), base64 included. */
const imageLimits = {
  maxImages: 32,
  maxImageBytes: 10 * 1024 * 1024,
  maxTotalBytes: 14 * 1024 * 1024,
  timeoutMs: 20_000,
  maxRedirects: 3,
};

/** Makes a provider that is spoken to in Gemini's format. */
export function createGeminiProvider(
  { id, settings, modelUrl, authHeaders, classifyPlatformError, adaptBody, imageOptions }: GeminiProviderOptions,
  { upstream, clock }: ProviderDependencies,
): Provider {
  const secrets = listSecrets(settings.apiKey, settings.headers);
  const mask = (text: string) => maskSecrets(text, secrets);
  const fetchImages = createRequestImages({ ...imageLimits, ...imageOptions }, clock);

  function classify(error: GeminiError, status: number, headers: ResponseHeaders): SignalboxError {
    const retryAfterMs = parseRetryAfterMs(headers, clock.nowMs());
    return classifyGeminiError(error, { provider: id, status, retryAfterMs, mask });
  }

  function classifyBody(status: number, headers: ResponseHeaders, body: string): SignalboxError {
    return classifyPlatformError?.(status, body) ?? classify(decodeErrorBody(body), status, headers);
  }

  async function post(attempt: ChatAttempt, body: JsonObject): Promise<UpstreamResponse> {
    const method = attempt.stream ? 'streamGenerateContent?alt=sse' : 'generateContent';
    const response = await upstream.post({
      url: `${modelUrl(attempt.model)}:${method}`,
      headers: {
        'content-type': 'application/json',
        accept: attempt.stream ? 'text/event-stream' : 'application/json',
        ...(await authHeaders(attempt.signal)),
        ...settings.headers,
      },
      body: JSON.stringify(adaptBody?.(body) ?? body),
      signal: attempt.signal,
    });
    if (response.status >= 200 && response.status < 300) return response;
    throw classifyBody(response.status, response.headers, await readErrorBody(response));
  }

  const provider: Provider = {
    id,
    dialect: 'gemini',

    async startChat(attempt: ChatAttempt): Promise<ChatReply> {
      try {
        const { body, warnings } = encodeRequest(attempt.request, {
          model: attempt.model,
          source: attempt.source,
          fetched: await fetchImages(listRemoteImages(attempt.request), attempt.signal),
        });
        const response = await post(attempt, body);
        const options = {
          provider: id,
          expectedChoices: attempt.request.n ?? 1,
          answerId: attempt.generationId,
          classifyError: (error: GeminiError) => classify(error, error.httpStatus ?? 500, response.headers),
          mask,
        };
        // What came decides, not what was asked for.
        if (isEventStream(response.headers)) {
          const { maxEventBytes, finishTimeoutMs } = settings;
          return {
            events: readGeminiStream(response, { ...options, clock, maxEventBytes, finishTimeoutMs }),
            warnings,
          };
        }
        const text = await readBodyText(response, settings.maxReplyBytes);
        return { events: iterate(readGeminiReply(text, options)), warnings };
      } catch (thrown) {
        throw classifyFailure(id, thrown);
      }
    },

    classifyError: classifyBody,
  };
  return provider;
}

/** The body of an error answer; one that is too long or breaks off says nothing but its status. */
async function readErrorBody(response: UpstreamResponse): Promise<string> {
  try {
    return await readBodyText(response, maxErrorBytes);
  } catch (thrown) {
    if (thrown instanceof UpstreamFailure && thrown.kind !== 'aborted') return '';
    throw thrown;
  }
}

/** Media types are the same in any case (RFC 9110 §8.3.1). */
function isEventStream(headers: ResponseHeaders): boolean {
  return headerValue(headers, 'content-type')?.toLowerCase().includes('text/event-stream') === true;
}

async function* iterate(events: readonly ChatEvent[]): AsyncGenerator<ChatEvent> {
  yield* events;
}
