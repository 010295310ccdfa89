import { createError } from '../../core/errors.ts';
import type { ImageFetchOptions } from '../../upstream/fetch-image.ts';
import { createGeminiProvider } from '../gemini-provider.ts';
import type { ProviderKind } from '../provider.ts';

/** Google AI Studio, also called the Gemini API: ai.google.dev/api/generate-content. */
export const googleAiStudio: ProviderKind = createGoogleAiStudio();

/**
 * Makes the kind.
 *
 * @param imageOptions - what differs from the way in which images are fetched: for tests.
 */
export function createGoogleAiStudio(imageOptions?: Partial<ImageFetchOptions>): ProviderKind {
  return {
    kind: 'google-ai-studio',
    aliases: ['google'],
    baseUrl: 'https://generativelanguage.googleapis.com/v1beta',
    // ai.google.dev/gemini-api/docs/api-key names both; Google's own libraries read either.
    apiKeyVariable: 'GEMINI_API_KEY',
    otherKeyVariables: ['GOOGLE_API_KEY'],
    builtIn: true,
    create: (id, settings, dependencies) =>
      createGeminiProvider(
        {
          id,
          settings,
          modelUrl: (model) => `${settings.baseUrl}/${encodeModelPath(model)}`,
          authHeaders: async () => (settings.apiKey === undefined ? {} : { 'x-goog-api-key': settings.apiKey }),
          imageOptions,
        },
        dependencies,
      ),
  };
}

/** The path of a model: `models/NAME`, unless the name says of which collection it is. */
function encodeModelPath(model: string): string {
  const steps = model.toWellFormed().split('/');
  // A dot alone is a step to another place, and an empty step is none.
  if (steps.some((step) => /^\.*$/.test(step))) {
    const problem = `The name ${JSON.stringify(model)} is not one that a model of Google can have.`;
    throw createError('PROVIDER_REFUSED', { problem }, { param: 'model', code: 'model_not_found' });
  }
  const path = steps.map(encodeURIComponent).join('/');
  return /^(?:models|tunedModels)\//.test(path) ? path : `models/${path}`;
}
