import type { ChatEvent } from '../core/chat-event.ts';
import { createError, type SignalboxError } from '../core/errors.ts';
import { isJsonObject, type JsonObject, type JsonValue } from '../core/json.ts';
import { decodeError, decodeErrorBody, type ProviderErrorBody } from '../dialects/openai-chat/decode-error.ts';
import { decodeReply } from '../dialects/openai-chat/decode-reply.ts';
import { encodeRequest } from '../dialects/openai-chat/encode-request.ts';
import type { OpenAiChatQuirks } from '../dialects/openai-chat/quirks.ts';
import { readBodyText } from '../upstream/read-body.ts';
import { headerValue, type ResponseHeaders } from '../upstream/response-headers.ts';
import { boundWaitMs, parseRateLimitResetMs, parseRetryAfterMs } from '../upstream/retry-after.ts';
import type { UpstreamResponse } from '../upstream/upstream-response.ts';
import { classifyFailure } from './classify-failure.ts';
import { classifyStatus, type ErrorAnswer, statusOfError } from './classify-status.ts';
import { listSecrets, maskErrorTexts } from './mask-secrets.ts';
import { readOpenAiStream } from './openai-chat-stream.ts';
import type { ChatAttempt, ChatReply, Provider, ProviderDependencies, ProviderSettings } from './provider.ts';

/** What a provider of OpenAI's format is made of. */
export interface OpenAiChatProviderOptions {
  readonly id: string;
  readonly settings: ProviderSettings;
  readonly quirks: OpenAiChatQuirks;
  /** What its error answers mean, where that differs from the rules for all. Default: {@link classifyStatus}. */
  readonly classify?: (answer: ErrorAnswer) => SignalboxError;
  /** Default: `/chat/completions` below the base URL, with the key as bearer (RFC 6750). */
  readonly route?: OpenAiChatRoute;
}

/** Where a provider's models are called, and with which key. */
export interface OpenAiChatRoute {
  /**
   * The URL of a model.
   *
   * @throws SignalboxError PROVIDER_REFUSED when no model can have the name.
   */
  modelUrl(model: string): string;
  /** The headers that carry the key. */
  readonly keyHeaders: Readonly<Record<string, string>>;
}

/** The longest error body that is read, in bytes. Real ones are under a kilobyte, or pages of HTML that say nothing. */
const maxErrorBytes = 256 * 1024;

/** Makes a provider that is spoken to in OpenAI's chat completions format. */
export function createOpenAiChatProvider(
  options: OpenAiChatProviderOptions,
  { upstream, clock }: ProviderDependencies,
): Provider {
  const { id, settings, quirks, classify = classifyStatus, route = createUsualRoute(settings) } = options;
  const headers: Record<string, string> = {
    'content-type': 'application/json',
    ...route.keyHeaders,
    ...settings.headers,
  };
  const secrets = listSecrets(settings.apiKey, settings.headers);

  function classifyBody(error: ProviderErrorBody, status: number, responseHeaders: ResponseHeaders): SignalboxError {
    const answer = {
      provider: id,
      status,
      message: error.message,
      type: error.type,
      code: error.code,
      param: error.param,
      retryAfterMs: parseRetryAfterMs(responseHeaders, clock.nowMs()) ?? findResetMs(error, status, responseHeaders),
    };
    return classify(maskErrorTexts(answer, secrets));
  }

  /** How long a rate limit lasts, where the answer does not say it with `retry-after`. */
  function findResetMs(error: ProviderErrorBody, status: number, responseHeaders: ResponseHeaders): number | undefined {
    if (status !== 429 && error.code !== 'rate_limit_exceeded') return undefined;
    const { rateLimitResetAtMs } = error;
    if (rateLimitResetAtMs !== undefined) return boundWaitMs(rateLimitResetAtMs - clock.nowMs());
    return parseRateLimitResetMs(responseHeaders);
  }

  /** An error that came under HTTP 200. */
  function classifyInBand(error: ProviderErrorBody, responseHeaders: ResponseHeaders): SignalboxError {
    return classifyBody(error, error.status ?? statusOfError(error), responseHeaders);
  }

  function createUnusable(problem: string): SignalboxError {
    return createError('PROVIDER_UNUSABLE', { provider: id, problem });
  }

  function parseReply(text: string): JsonObject {
    let json: JsonValue;
    try {
      // OpenRouter keeps a connection alive with blank lines before the JSON; JSON.parse takes them.
      json = JSON.parse(text);
    } catch {
      throw createUnusable('it is not JSON');
    }
    if (!isJsonObject(json)) throw createUnusable('it is not a JSON object');
    return json;
  }

  function decodeWhole(text: string, answerId: string, responseHeaders: ResponseHeaders): ChatEvent[] {
    const json = parseReply(text);
    const error = decodeError(json);
    if (error !== undefined) throw classifyInBand(error, responseHeaders);
    const events = decodeReply(json, answerId);
    const begun = events.filter((event) => event.kind === 'delta').length;
    const finished = events.filter((event) => event.kind === 'finish').length;
    if (begun === 0) throw createUnusable('it has no choices');
    if (finished < begun) throw createUnusable('it has a choice that says nothing');
    return events;
  }

  async function post(attempt: ChatAttempt, body: JsonObject): Promise<UpstreamResponse> {
    const accept = attempt.stream ? 'text/event-stream' : 'application/json';
    const response = await upstream.post({
      url: route.modelUrl(attempt.model),
      headers: { accept, ...headers },
      body: JSON.stringify(body),
      signal: attempt.signal,
    });
    if (response.status >= 200 && response.status < 300) return response;
    const text = await readBodyText(response, maxErrorBytes).catch(() => '');
    throw provider.classifyError(response.status, response.headers, text);
  }

  const provider: Provider = {
    id,
    dialect: 'openai-chat',

    async startChat(attempt: ChatAttempt): Promise<ChatReply> {
      const { body, warnings } = encodeRequest(attempt.request, {
        model: attempt.model,
        stream: attempt.stream,
        source: attempt.source,
        quirks,
      });
      try {
        const response = await post(attempt, body);
        // What came decides, not what was asked for: some servers answer a stream whole, or the other way round.
        if (isEventStream(response.headers)) {
          const events = readOpenAiStream(response, {
            provider: id,
            clock,
            answerId: attempt.generationId,
            expectedChoices: attempt.request.n ?? 1,
            maxEventBytes: settings.maxEventBytes,
            finishTimeoutMs: settings.finishTimeoutMs,
            classifyError: (error) => classifyInBand(error, response.headers),
          });
          return { events, warnings };
        }
        const text = await readBodyText(response, settings.maxReplyBytes);
        return { events: iterate(decodeWhole(text, attempt.generationId, response.headers)), warnings };
      } catch (thrown) {
        throw classifyFailure(id, thrown);
      }
    },

    classifyError: (status, responseHeaders, text) => classifyBody(decodeErrorBody(text), status, responseHeaders),
  };
  return provider;
}

function createUsualRoute({ baseUrl, apiKey }: ProviderSettings): OpenAiChatRoute {
  const url = `${baseUrl}/chat/completions`;
  return { modelUrl: () => url, keyHeaders: apiKey === undefined ? {} : { authorization: `Bearer ${apiKey}` } };
}

/** Media types are the same in any case (RFC 9110 §8.3.1). */
function isEventStream(headers: ResponseHeaders): boolean {
  return headerValue(headers, 'content-type')?.toLowerCase().includes('text/event-stream') === true;
}

async function* iterate(events: ChatEvent[]): AsyncGenerator<ChatEvent> {
  yield* events;
}
