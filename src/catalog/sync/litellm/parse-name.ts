/** Providers by `litellm_provider`, where they have another name here. The others keep theirs. */
const providerNames: Readonly<Record<string, string>> = {
  bedrock_converse: 'bedrock',
  cohere_chat: 'cohere',
  dashscope: 'alibaba',
  fireworks_ai: 'fireworks',
  gemini: 'google-ai-studio',
  lm_studio: 'lmstudio',
  together_ai: 'together',
};

/** What stands before a model of a provider in the keys of the list, where that is not `litellm_provider`. */
const keyPrefixes: Readonly<Record<string, readonly string[]>> = {
  bedrock_converse: ['bedrock/converse/', 'bedrock/'],
  cohere_chat: ['cohere_chat/', 'cohere/'],
};

/** Bedrock and Azure list prices of regions beside those that hold elsewhere: `bedrock/us-west-2/...`, `azure/eu/...`. */
const regionPattern =
  /^(?:bedrock\/(?:[a-z]{2}(?:-[a-z]+)+-\d|\d+-month-commitment)\/|azure\/(?:eu|us|global|global-standard)\/)/;

/**
 * Reads the provider and the model of a row.
 *
 * @param key - the row's name: the model, mostly with a provider before it, such as `cerebras/gpt-oss-120b`.
 * @param owner - its `litellm_provider`.
 * @returns `undefined` for the prices of one region, which the provider's name here does not tell from those of others.
 */
export function parseLitellmName(
  key: string,
  owner: string,
): { readonly provider: string; readonly model: string } | undefined {
  if (regionPattern.test(key)) return undefined;
  // Vertex AI has one owner for each family of models: vertex_ai-language-models, vertex_ai-anthropic_models and so on.
  if (owner === 'vertex_ai' || owner.startsWith('vertex_ai-')) {
    return { provider: 'google-vertex', model: removePrefix(key, ['vertex_ai/']) };
  }
  const provider = Object.hasOwn(providerNames, owner) ? (providerNames[owner] ?? owner) : owner;
  const prefixes = Object.hasOwn(keyPrefixes, owner) ? (keyPrefixes[owner] ?? []) : [`${owner}/`];
  return { provider, model: removePrefix(key, prefixes) };
}

function removePrefix(key: string, prefixes: readonly string[]): string {
  const prefix = prefixes.find((candidate) => key.startsWith(candidate));
  return prefix === undefined ? key : key.slice(prefix.length);
}
