import { createAnthropicProvider } from '../anthropic-provider.ts';
import type { ProviderKind } from '../provider.ts';

/** platform.claude.com/docs/en/api/versioning. */
const apiVersion = '2023-06-01';

/** Anthropic: platform.claude.com/docs/en/api/messages. */
export const anthropic: ProviderKind = {
  kind: 'anthropic',
  baseUrl: 'https://api.anthropic.com/v1',
  apiKeyVariable: 'ANTHROPIC_API_KEY',
  builtIn: true,
  create(id, settings, dependencies) {
    const headers = {
      'anthropic-version': apiVersion,
      ...(settings.apiKey !== undefined && { 'x-api-key': settings.apiKey }),
    };
    const url = `${settings.baseUrl}/messages`;
    return createAnthropicProvider(
      { id, settings, callUrl: () => url, platformHeaders: async () => headers },
      dependencies,
    );
  },
};
