import type { JsonObject } from '../../core/json.ts';
import { decodeErrorBody as decodeGoogleErrorBody } from '../../dialects/gemini/decode-error.ts';
import type { ImageFetchOptions } from '../../upstream/fetch-image.ts';
import { parseRetryAfterMs } from '../../upstream/retry-after.ts';
import { createAnthropicProvider } from '../anthropic-provider.ts';
import { classifyFailure } from '../classify-failure.ts';
import { classifyGeminiError } from '../classify-gemini-error.ts';
import { createRequestImages } from '../fetch-request-images.ts';
import { listSecrets, maskSecrets } from '../mask-secrets.ts';
import type { Provider, ProviderDependencies, ProviderSettings } from '../provider.ts';
import { adaptClaudeRequest } from './adapt-claude-request.ts';
import { classifyUnknownPlace } from './classify-unknown-place.ts';
import type { AuthHeaders } from './vertex-auth.ts';

/** What a provider of Claude models on Vertex AI is made of. */
export interface ClaudeProviderOptions {
  readonly id: string;
  readonly settings: ProviderSettings;
  /** The URL of a model's methods, without a colon and the method. */
  readonly modelUrl: (model: string) => string;
  readonly authHeaders: AuthHeaders;
  /** What differs from the bounds of images that are fetched: for tests. */
  readonly imageOptions?: Partial<ImageFetchOptions> | undefined;
}

/** It stands in the body, and the model in the URL: platform.claude.com/docs/en/build-with-claude/claude-on-vertex-ai. */
const apiVersion = 'vertex-2023-10-16';

/** 5 MB for an image and 30 MB for a request, both in base64: platform.claude.com/docs/en/build-with-claude/vision. */
const imageLimits = {
  maxImages: 20,
  maxImageBytes: 3_750_000,
  maxTotalBytes: 20_000_000,
  timeoutMs: 20_000,
  maxRedirects: 3,
};

/** Makes a provider of Claude models on Vertex AI, which passes the Messages API's bodies on as they are. */
export function createClaudeProvider(
  { id, settings, modelUrl, authHeaders, imageOptions }: ClaudeProviderOptions,
  dependencies: ProviderDependencies,
): Provider {
  const { clock } = dependencies;
  const secrets = listSecrets(settings.apiKey, settings.headers);
  const fetchImages = createRequestImages({ ...imageLimits, ...imageOptions }, clock);
  const provider = createAnthropicProvider(
    {
      id,
      settings,
      callUrl: (model, stream) => `${modelUrl(model)}:${stream ? 'streamRawPredict' : 'rawPredict'}`,
      platformHeaders: authHeaders,
      adaptBody,
      takesSystemTurns: false,
      classifyPlatformError(status, headers, body) {
        const unknownPlace = classifyUnknownPlace(id, status, body);
        if (unknownPlace !== undefined) return unknownPlace;
        const error = decodeGoogleErrorBody(body);
        // Anthropic's errors have a type in the place of Google's status.
        if (error.status === undefined) return undefined;
        const mask = (text: string) => maskSecrets(text, secrets);
        const retryAfterMs = parseRetryAfterMs(headers, clock.nowMs());
        return classifyGeminiError(error, { provider: id, status, retryAfterMs, mask });
      },
    },
    dependencies,
  );

  return {
    ...provider,
    async startChat(attempt) {
      const { request, warnings } = await adaptClaudeRequest(attempt.request, fetchImages, attempt.signal).catch(
        (thrown: unknown) => {
          throw classifyFailure(id, thrown);
        },
      );
      const reply = await provider.startChat({ ...attempt, request });
      return { ...reply, warnings: [...reply.warnings, ...warnings] };
    },
  };
}

function adaptBody({ model, ...body }: JsonObject): JsonObject {
  return { anthropic_version: apiVersion, ...body };
}
