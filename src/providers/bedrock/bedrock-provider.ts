import type { ChatEvent } from '../../core/chat-event.ts';
import { createError, type SignalboxError } from '../../core/errors.ts';
import { isJsonObject, type JsonObject, type JsonValue } from '../../core/json.ts';
import type { BlockOptions } from '../../dialects/bedrock-converse/block-decoder.ts';
import { type ConverseError, decodeErrorAnswer } from '../../dialects/bedrock-converse/decode-error.ts';
import { decodeReply } from '../../dialects/bedrock-converse/decode-reply.ts';
import { encodeRequest } from '../../dialects/bedrock-converse/encode-request.ts';
import { listRemoteImages } from '../../dialects/bedrock-converse/media.ts';
import { findClaudeTraits } from '../../dialects/claude-traits.ts';
import type { ImageFetchOptions } from '../../upstream/fetch-image.ts';
import { readBodyText } from '../../upstream/read-body.ts';
import { headerValue, type ResponseHeaders } from '../../upstream/response-headers.ts';
import { parseRetryAfterMs } from '../../upstream/retry-after.ts';
import type { UpstreamResponse } from '../../upstream/upstream-response.ts';
import { classifyFailure } from '../classify-failure.ts';
import { createRequestImages } from '../fetch-request-images.ts';
import { listSecrets, maskErrorTexts } from '../mask-secrets.ts';
import type { ChatAttempt, ChatReply, Provider, ProviderDependencies, ProviderSettings } from '../provider.ts';
import { readBedrockStream } from './bedrock-stream.ts';
import { classifyBedrockError } from './classify-bedrock-error.ts';
import { readCredentials, secretsOf } from './credentials.ts';
import { createSigner } from './sign-request.ts';

/** What a provider of Bedrock is made of. */
export interface BedrockProviderOptions {
  readonly id: string;
  readonly settings: ProviderSettings;
  /** What calls are signed for. */
  readonly region: string;
  /** What differs from the bounds of images that are fetched: for tests. */
  readonly imageOptions?: Partial<ImageFetchOptions> | undefined;
}

/** The longest error body that is read, in bytes. Real ones are under a kilobyte, or pages of HTML that say nothing. */
const maxErrorBytes = 256 * 1024;

/** 20 images of 3.75 MB: docs.aws.amazon.com/bedrock/latest/APIReference/API_runtime_Message.html. */
const imageLimits = {
  maxImages: 20,
  maxImageBytes: 3_932_160,
  maxTotalBytes: 20 * 1024 * 1024,
  timeoutMs: 20_000,
  maxRedirects: 3,
};

const streamType = 'application/vnd.amazon.eventstream';

/** Makes a provider that is spoken to with Converse and ConverseStream. */
export function createBedrockProvider(
  { id, settings, region, imageOptions }: BedrockProviderOptions,
  { upstream, clock }: ProviderDependencies,
): Provider {
  const credentials = readCredentials(settings);
  const sign = credentials?.kind === 'access-key' ? createSigner(credentials, region) : undefined;
  const bearer = credentials?.kind === 'bearer' ? { authorization: `Bearer ${credentials.token}` } : {};
  const secrets = listSecrets(settings.apiKey, { ...settings.headers, ...secretsOf(credentials) });
  const fetchImages = createRequestImages({ ...imageLimits, ...imageOptions }, clock);

  function classify(
    { message, type }: ConverseError,
    status: number,
    responseHeaders: ResponseHeaders,
  ): SignalboxError {
    const answer = {
      provider: id,
      status,
      message,
      type,
      code: undefined,
      param: undefined,
      retryAfterMs: parseRetryAfterMs(responseHeaders, clock.nowMs()),
    };
    return classifyBedrockError(maskErrorTexts(answer, secrets));
  }

  function createUnusable(problem: string): SignalboxError {
    return createError('PROVIDER_UNUSABLE', { provider: id, problem });
  }

  async function post(attempt: ChatAttempt, json: JsonObject): Promise<UpstreamResponse> {
    const url = `${settings.baseUrl}/model/${encodeModelId(attempt.model)}/${attempt.stream ? 'converse-stream' : 'converse'}`;
    const accept = attempt.stream ? streamType : 'application/json';
    const unsigned = { 'content-type': 'application/json', accept, ...bearer, ...settings.headers };
    const body = JSON.stringify(json);
    const headers = sign === undefined ? unsigned : await sign({ url, headers: unsigned, body }, clock.nowMs());
    const response = await upstream.post({ url, headers, body, signal: attempt.signal });
    if (response.status >= 200 && response.status < 300) return response;
    const text = await readBodyText(response, maxErrorBytes).catch(() => '');
    throw provider.classifyError(response.status, response.headers, text);
  }

  function decodeWhole(text: string, options: BlockOptions): ChatEvent[] {
    let json: JsonValue;
    try {
      json = JSON.parse(text);
    } catch {
      throw createUnusable('it is not JSON');
    }
    if (!isJsonObject(json)) throw createUnusable('it is not a JSON object');
    const events = decodeReply(json, options, text);
    if (events === undefined) throw createUnusable('it has no content');
    return events;
  }

  const provider: Provider = {
    id,
    dialect: 'bedrock-converse',
    reasonsByDefault: (model) => findClaudeTraits(model)?.thinksByDefault,
    takesPrefill: (model) => findClaudeTraits(model)?.takesPrefill ?? false,

    async startChat(attempt: ChatAttempt): Promise<ChatReply> {
      try {
        const fetched = await fetchImages(listRemoteImages(attempt.request), attempt.signal);
        const encoded = encodeRequest(attempt.request, { model: attempt.model, source: attempt.source, fetched });
        const { warnings, answerTool, reasoningFormat } = encoded;
        const response = await post(attempt, encoded.body);
        // What came decides, not what was asked for.
        if (isEventStream(response.headers)) {
          const events = readBedrockStream(response, {
            provider: id,
            clock,
            answerTool,
            reasoningFormat,
            maxEventBytes: settings.maxEventBytes,
            finishTimeoutMs: settings.finishTimeoutMs,
            classifyError: (error) => classify(error, 500, response.headers),
          });
          return { events, warnings };
        }
        const text = await readBodyText(response, settings.maxReplyBytes);
        return { events: iterate(decodeWhole(text, { answerTool, reasoningFormat })), warnings };
      } catch (thrown) {
        throw classifyFailure(id, thrown);
      }
    },

    classifyError: (status, responseHeaders, text) =>
      classify(decodeErrorAnswer(text, headerValue(responseHeaders, 'x-amzn-errortype')), status, responseHeaders),
  };
  return provider;
}

/** A model's id or ARN as one step of a path: an ARN has slashes and colons. A dot alone would be a step to another place. */
function encodeModelId(model: string): string {
  if (!/^\.*$/.test(model)) return encodeURIComponent(model.toWellFormed());
  const problem = `The name ${JSON.stringify(model)} is not one that a model of Bedrock can have.`;
  throw createError('PROVIDER_REFUSED', { problem }, { param: 'model', code: 'model_not_found' });
}

/** Media types are the same in any case (RFC 9110 §8.3.1). */
function isEventStream(headers: ResponseHeaders): boolean {
  return headerValue(headers, 'content-type')?.toLowerCase().includes(streamType) === true;
}

async function* iterate(events: readonly ChatEvent[]): AsyncGenerator<ChatEvent> {
  yield* events;
}
