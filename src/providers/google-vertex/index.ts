import { isJsonObject, type JsonObject } from '../../core/json.ts';
import type { ImageFetchOptions } from '../../upstream/fetch-image.ts';
import { createGeminiProvider } from '../gemini-provider.ts';
import type { Provider, ProviderKind } from '../provider.ts';
import { classifyUnknownPlace } from './classify-unknown-place.ts';
import { createClaudeProvider } from './claude-provider.ts';
import { CredentialsFileError } from './credentials-file.ts';
import { createVertexAuth } from './vertex-auth.ts';
import { parseVertexModel } from './vertex-model.ts';
import { findProject, globalBaseUrl, isLocation, placeUrl } from './vertex-place.ts';

/** What tests give a provider in place of the world's. */
export interface VertexOverrides {
  /** What requests for tokens go through. */
  readonly fetch?: typeof globalThis.fetch;
  /** What differs from the way in which images are fetched. */
  readonly imageOptions?: Partial<ImageFetchOptions>;
}

/** Vertex AI, with the models of Google and of Anthropic: cloud.google.com/vertex-ai/generative-ai/docs/learn/overview. */
export const googleVertex: ProviderKind = createGoogleVertex();

/** Makes the kind. */
export function createGoogleVertex(overrides: VertexOverrides = {}): ProviderKind {
  return {
    kind: 'google-vertex',
    aliases: ['vertex'],
    // Stands for the host of the location, whichever it is.
    baseUrl: globalBaseUrl,
    // cloud.google.com/vertex-ai/generative-ai/docs/start/api-keys names no variable; this one is what the AI SDK reads.
    apiKeyVariable: 'GOOGLE_VERTEX_API_KEY',
    options: [
      {
        name: 'project',
        variable: 'GOOGLE_CLOUD_PROJECT',
        otherVariables: ['GCLOUD_PROJECT', 'GOOGLE_VERTEX_PROJECT'],
      },
      { name: 'location', variable: 'GOOGLE_CLOUD_LOCATION', otherVariables: ['GOOGLE_VERTEX_LOCATION'] },
      // cloud.google.com/docs/authentication/application-default-credentials
      { name: 'credentials_file', variable: 'GOOGLE_APPLICATION_CREDENTIALS' },
      // cloud.google.com/sdk/docs/authorizing
      { name: 'access_token', variable: 'CLOUDSDK_AUTH_ACCESS_TOKEN', isSecret: true },
    ],
    builtIn: true,

    findMissing(id, settings) {
      const { apiKey, options = {} } = settings;
      const key = `providers.${id}.options`;
      if (options['location'] !== undefined && !isLocation(options['location'])) {
        return `name a location such as global or us-central1 in GOOGLE_CLOUD_LOCATION or ${key}.location`;
      }
      try {
        if (apiKey !== undefined || findProject(settings) !== undefined) return undefined;
      } catch (thrown) {
        if (!(thrown instanceof CredentialsFileError)) throw thrown;
        return `mend the file that GOOGLE_APPLICATION_CREDENTIALS or ${key}.credentials_file names: ${thrown.message}`;
      }
      return `set the environment variable GOOGLE_CLOUD_PROJECT, or ${key}.project, beside credentials of Google Cloud, or set GOOGLE_VERTEX_API_KEY`;
    },

    create(id, settings, dependencies): Provider {
      const project = findProject(settings);
      const placed = placeUrl(settings, project);
      const modelUrl = (model: string) => `${placed}/${parseVertexModel(model).path}`;
      const authHeaders = createVertexAuth(id, settings, project, {
        clock: dependencies.clock,
        fetch: overrides.fetch,
      });
      // Of the two, the one that is sent is a secret that messages must not repeat.
      const own = { ...settings, apiKey: settings.apiKey ?? settings.options?.['access_token'] };
      const shared = { id, settings: own, modelUrl, authHeaders, imageOptions: overrides.imageOptions };
      const classifyPlatformError = (status: number, body: string) => classifyUnknownPlace(id, status, body);
      const gemini = createGeminiProvider(
        { ...shared, classifyPlatformError, adaptBody: adaptGeminiBody },
        dependencies,
      );
      const claude = createClaudeProvider(shared, dependencies);
      return {
        id,
        dialect: gemini.dialect,
        reasonsByDefault: (model) =>
          parseVertexModel(model).publisher === 'anthropic' ? claude.reasonsByDefault?.(model) : undefined,
        takesPrefill: (model) =>
          parseVertexModel(model).publisher === 'anthropic' && claude.takesPrefill?.(model) === true,
        async startChat(attempt) {
          const { publisher } = parseVertexModel(attempt.model);
          return (publisher === 'anthropic' ? claude : gemini).startChat(attempt);
        },
        classifyError: (status, headers, body) => claude.classifyError(status, headers, body),
      };
    },
  };
}

/**
 * Leaves out `includeServerSideToolInvocations`: Google's SDKs send it to AI Studio alone, and search and functions stand together without
 * it here.
 */
function adaptGeminiBody(body: JsonObject): JsonObject {
  const { toolConfig, ...others } = body;
  if (!isJsonObject(toolConfig)) return body;
  const kept = Object.entries(toolConfig).filter(([name]) => name !== 'includeServerSideToolInvocations');
  return kept.length === 0 ? others : { ...others, toolConfig: Object.fromEntries(kept) };
}
