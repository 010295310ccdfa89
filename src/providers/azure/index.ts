import { createError } from '../../core/errors.ts';
import { createOpenAiChatKind } from '../openai-chat-kind.ts';
import { openAiModelRules } from '../openai-chat-model-rules.ts';
import type { OpenAiChatRoute } from '../openai-chat-provider.ts';
import type { ProviderSettings } from '../provider.ts';

/**
 * Azure OpenAI. A model is the name of a deployment.
 *
 * Without `api_version` the v1 API is called: learn.microsoft.com/azure/ai-foundry/openai/api-version-lifecycle. With a dated one it is the
 * API of deployments: learn.microsoft.com/azure/ai-foundry/openai/reference#chat-completions.
 */
export const azure = createOpenAiChatKind({
  kind: 'azure',
  documentation: 'learn.microsoft.com/azure/ai-foundry/openai/latest',
  // Each resource has its own: https://RESOURCE.openai.azure.com.
  baseUrl: undefined,
  baseUrlVariable: 'AZURE_OPENAI_ENDPOINT',
  apiKeyVariable: 'AZURE_OPENAI_API_KEY',
  options: [{ name: 'api_version', variable: 'AZURE_OPENAI_API_VERSION' }],
  builtIn: true,
  quirks: {
    // learn.microsoft.com/azure/ai-foundry/openai/how-to/reasoning: reasoning models refuse `max_tokens`.
    tokenLimitField: 'max_completion_tokens',
    asksForStreamUsage: true,
    // Caches on its own: learn.microsoft.com/azure/ai-foundry/openai/how-to/prompt-caching.
    sendsCacheControl: false,
    // Neither returned nor taken back: learn.microsoft.com/azure/ai-foundry/openai/how-to/reasoning.
    reasoningField: undefined,
    modelRules: openAiModelRules,
  },
  route: createAzureRoute,
});

const datedPattern = /^\d{4}-\d{2}-\d{2}/;

function createAzureRoute({ baseUrl, apiKey, options = {} }: ProviderSettings): OpenAiChatRoute {
  const version = options['api_version'];
  // Operators copy what stands in the portal, with the path or without.
  const endpoint = baseUrl.replace(/\/openai(?:\/v1|\/deployments)?$/, '');
  const query = version === undefined || version === 'v1' ? '' : `?api-version=${encodeURIComponent(version)}`;
  const hasDeployments = version !== undefined && datedPattern.test(version);
  return {
    modelUrl(model) {
      if (!hasDeployments) return `${endpoint}/openai/v1/chat/completions${query}`;
      return `${endpoint}/openai/deployments/${encodeDeployment(model)}/chat/completions${query}`;
    },
    keyHeaders: apiKey === undefined ? {} : { 'api-key': apiKey },
  };
}

/** A dot alone is a step to another place, so it is no name. */
function encodeDeployment(model: string): string {
  const name = model.toWellFormed();
  if (!/^\.*$/.test(name)) return encodeURIComponent(name);
  const problem = `The name ${JSON.stringify(name)} is not one that a deployment can have.`;
  throw createError('PROVIDER_REFUSED', { problem }, { param: 'model', code: 'DeploymentNotFound' });
}
