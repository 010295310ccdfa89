import type { ChatEvent } from '../../core/chat-event.ts';
import { createError, type SignalboxError } from '../../core/errors.ts';
import { isJsonObject, type JsonObject, type JsonValue } from '../../core/json.ts';
import { type CohereError, decodeErrorBody, findError } from '../../dialects/cohere-v2/decode-error.ts';
import { decodeReply } from '../../dialects/cohere-v2/decode-reply.ts';
import { encodeRequest } from '../../dialects/cohere-v2/encode-request.ts';
import type { ToolNames } from '../../dialects/cohere-v2/tool-names.ts';
import { readBodyText } from '../../upstream/read-body.ts';
import { headerValue, type ResponseHeaders } from '../../upstream/response-headers.ts';
import { parseRetryAfterMs } from '../../upstream/retry-after.ts';
import type { UpstreamResponse } from '../../upstream/upstream-response.ts';
import { classifyFailure } from '../classify-failure.ts';
import { listSecrets, maskErrorTexts } from '../mask-secrets.ts';
import type { ChatAttempt, ChatReply, Provider, ProviderDependencies, ProviderSettings } from '../provider.ts';
import { classifyCohereError } from './classify-cohere-error.ts';
import { readCohereStream } from './cohere-stream.ts';

/** The longest error body that is read, in bytes. Real ones are under a kilobyte, or pages of HTML that say nothing. */
const maxErrorBytes = 256 * 1024;

/** Makes a provider that is spoken to in version 2 of Cohere's Chat API. */
export function createCohereProvider(
  id: string,
  settings: ProviderSettings,
  { upstream, clock }: ProviderDependencies,
): Provider {
  const url = `${settings.baseUrl}/chat`;
  const headers: Record<string, string> = {
    'content-type': 'application/json',
    ...(settings.apiKey !== undefined && { authorization: `Bearer ${settings.apiKey}` }),
    ...settings.headers,
  };
  const secrets = listSecrets(settings.apiKey, settings.headers);

  function classify(error: CohereError, status: number, responseHeaders: ResponseHeaders): SignalboxError {
    const answer = {
      provider: id,
      status,
      message: error.message,
      type: error.type,
      code: undefined,
      param: undefined,
      retryAfterMs: parseRetryAfterMs(responseHeaders, clock.nowMs()),
    };
    return classifyCohereError(maskErrorTexts(answer, secrets));
  }

  function createUnusable(problem: string): SignalboxError {
    return createError('PROVIDER_UNUSABLE', { provider: id, problem });
  }

  function decodeWhole(text: string, responseHeaders: ResponseHeaders, toolNames: ToolNames): ChatEvent[] {
    let json: JsonValue;
    try {
      json = JSON.parse(text);
    } catch {
      throw createUnusable('it is not JSON');
    }
    if (!isJsonObject(json)) throw createUnusable('it is not a JSON object');
    const error = findError(json);
    if (error !== undefined) throw classify(error, error.status, responseHeaders);
    const events = decodeReply(json, toolNames);
    if (events === undefined) throw createUnusable('it has no message');
    return events;
  }

  async function post(attempt: ChatAttempt, body: JsonObject): Promise<UpstreamResponse> {
    const accept = attempt.stream ? 'text/event-stream' : 'application/json';
    const response = await upstream.post({
      url,
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
    dialect: 'cohere-v2',

    async startChat(attempt: ChatAttempt): Promise<ChatReply> {
      const { body, warnings, toolNames } = encodeRequest(attempt.request, {
        model: attempt.model,
        stream: attempt.stream,
        source: attempt.source,
      });
      try {
        const response = await post(attempt, body);
        // What came decides, not what was asked for: servers that follow the format may answer a stream whole.
        if (isEventStream(response.headers)) {
          const events = readCohereStream(response, {
            provider: id,
            clock,
            toolNames,
            maxEventBytes: settings.maxEventBytes,
            finishTimeoutMs: settings.finishTimeoutMs,
            classifyError: (error) => classify(error, error.status, response.headers),
          });
          return { events, warnings };
        }
        const text = await readBodyText(response, settings.maxReplyBytes);
        return { events: iterate(decodeWhole(text, response.headers, toolNames)), warnings };
      } catch (thrown) {
        throw classifyFailure(id, thrown);
      }
    },

    classifyError: (status, responseHeaders, text) => classify(decodeErrorBody(text), status, responseHeaders),
  };
  return provider;
}

/** Media types are the same in any case (RFC 9110 §8.3.1). */
function isEventStream(headers: ResponseHeaders): boolean {
  return headerValue(headers, 'content-type')?.toLowerCase().includes('text/event-stream') === true;
}

async function* iterate(events: ChatEvent[]): AsyncGenerator<ChatEvent> {
  yield* events;
}
