import type { ChatEvent } from '../core/chat-event.ts';
import { createError, type SignalboxError } from '../core/errors.ts';
import { isJsonObject, type JsonObject, type JsonValue } from '../core/json.ts';
import { decodeErrorBody, findError, type MessagesError } from '../dialects/anthropic-messages/decode-error.ts';
import { decodeReply } from '../dialects/anthropic-messages/decode-reply.ts';
import { type EncodedRequest, encodeRequest } from '../dialects/anthropic-messages/encode-request.ts';
import { findClaudeTraits } from '../dialects/claude-traits.ts';
import { readBodyText } from '../upstream/read-body.ts';
import { headerValue, type ResponseHeaders } from '../upstream/response-headers.ts';
import { parseRetryAfterMs } from '../upstream/retry-after.ts';
import type { UpstreamResponse } from '../upstream/upstream-response.ts';
import { readAnthropicStream } from './anthropic-stream.ts';
import { classifyAnthropicError } from './classify-anthropic-error.ts';
import { classifyFailure } from './classify-failure.ts';
import { listSecrets, maskErrorTexts } from './mask-secrets.ts';
import type { ChatAttempt, ChatReply, Provider, ProviderDependencies, ProviderSettings } from './provider.ts';

/** What a provider of Claude models is made of: Anthropic's own, or a platform that speaks the same format. */
export interface AnthropicProviderOptions {
  readonly id: string;
  readonly settings: ProviderSettings;
  /** Where a call goes. Throws a SignalboxError for what is no model's name. */
  readonly callUrl: (model: string, stream: boolean) => string;
  /** The headers that carry the operator's credentials, and what else the platform wants. The signal ends the wait for them. */
  readonly platformHeaders: (signal: AbortSignal) => Promise<Readonly<Record<string, string>>>;
  /** Makes of the body what the platform takes. Default: it stays as it is. */
  readonly adaptBody?: (body: JsonObject) => JsonObject;
  /** Whether the platform takes system messages between others. Default true. */
  readonly takesSystemTurns?: boolean;
  /**
   * Reads an error answer of the platform's own, which stands before Anthropic's API. `undefined`: it is one of Anthropic's. Default: there is
   * none.
   */
  readonly classifyPlatformError?: (
    status: number,
    headers: ResponseHeaders,
    body: string,
  ) => SignalboxError | undefined;
}

/** The longest error body that is read, in bytes. Real ones are under a kilobyte, or pages of HTML that say nothing. */
const maxErrorBytes = 256 * 1024;

/** Makes a provider that is spoken to in the format of Anthropic's Messages API. */
export function createAnthropicProvider(
  options: AnthropicProviderOptions,
  { upstream, clock }: ProviderDependencies,
): Provider {
  const { id, settings } = options;
  const secrets = listSecrets(settings.apiKey, settings.headers);

  function classify(error: MessagesError, status: number, responseHeaders: ResponseHeaders): SignalboxError {
    const answer = {
      provider: id,
      status,
      message: error.message,
      type: error.type,
      code: undefined,
      param: undefined,
      retryAfterMs: parseRetryAfterMs(responseHeaders, clock.nowMs()),
    };
    return classifyAnthropicError(maskErrorTexts(answer, secrets));
  }

  function createUnusable(problem: string): SignalboxError {
    return createError('PROVIDER_UNUSABLE', { provider: id, problem });
  }

  function decodeWhole(text: string, responseHeaders: ResponseHeaders, answerTool: string | undefined): ChatEvent[] {
    let json: JsonValue;
    try {
      json = JSON.parse(text);
    } catch {
      throw createUnusable('it is not JSON');
    }
    if (!isJsonObject(json)) throw createUnusable('it is not a JSON object');
    const error = findError(json);
    if (error !== undefined) throw classify(error, error.status, responseHeaders);
    const events = decodeReply(json, answerTool, text);
    if (events === undefined) throw createUnusable('it has no content');
    return events;
  }

  async function post(attempt: ChatAttempt, { body, betas }: EncodedRequest): Promise<UpstreamResponse> {
    const { model, stream, signal } = attempt;
    const response = await upstream.post({
      url: options.callUrl(model, stream),
      headers: {
        accept: stream ? 'text/event-stream' : 'application/json',
        'content-type': 'application/json',
        ...(await options.platformHeaders(signal)),
        ...settings.headers,
        ...nameBetas(settings.headers, betas),
      },
      body: JSON.stringify(options.adaptBody?.(body) ?? body),
      signal,
    });
    if (response.status >= 200 && response.status < 300) return response;
    const text = await readBodyText(response, maxErrorBytes).catch(() => '');
    throw provider.classifyError(response.status, response.headers, text);
  }

  const provider: Provider = {
    id,
    dialect: 'anthropic-messages',
    reasonsByDefault: (model) => findClaudeTraits(model)?.thinksByDefault,
    takesPrefill: (model) => findClaudeTraits(model)?.takesPrefill ?? false,

    async startChat(attempt: ChatAttempt): Promise<ChatReply> {
      const encoded = encodeRequest(attempt.request, {
        model: attempt.model,
        stream: attempt.stream,
        source: attempt.source,
        takesSystemTurns: options.takesSystemTurns ?? true,
      });
      const { warnings, answerTool } = encoded;
      try {
        const response = await post(attempt, encoded);
        // What came decides, not what was asked for: servers that follow the format may answer a stream whole.
        if (isEventStream(response.headers)) {
          const events = readAnthropicStream(response, {
            provider: id,
            clock,
            answerTool,
            maxEventBytes: settings.maxEventBytes,
            finishTimeoutMs: settings.finishTimeoutMs,
            classifyError: (error) => classify(error, error.status, response.headers),
          });
          return { events, warnings };
        }
        const text = await readBodyText(response, settings.maxReplyBytes);
        return { events: iterate(decodeWhole(text, response.headers, answerTool)), warnings };
      } catch (thrown) {
        throw classifyFailure(id, thrown);
      }
    },

    classifyError: (status, responseHeaders, text) =>
      options.classifyPlatformError?.(status, responseHeaders, text) ??
      classify(decodeErrorBody(text), status, responseHeaders),
  };
  return provider;
}

/** Features that the request needs, beside those that the operator asks for. */
function nameBetas(configured: Readonly<Record<string, string>>, betas: readonly string[]): Record<string, string> {
  if (betas.length === 0) return {};
  const [name, own] = Object.entries(configured).find(([key]) => key.toLowerCase() === 'anthropic-beta') ?? [];
  return { [name ?? 'anthropic-beta']: [own, ...betas].filter(Boolean).join(',') };
}

/** Media types are the same in any case (RFC 9110 §8.3.1). */
function isEventStream(headers: ResponseHeaders): boolean {
  return headerValue(headers, 'content-type')?.toLowerCase().includes('text/event-stream') === true;
}

async function* iterate(events: ChatEvent[]): AsyncGenerator<ChatEvent> {
  yield* events;
}
