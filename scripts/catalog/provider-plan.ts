import type { OpenAiRecord } from './read-gpt-tokenizer.ts';

/** A provider of the catalogue, and under which names the sources have it. */
export interface ProviderPlan {
  /** Our kind where there is one; else pi-ai's or genai-prices' name, for a provider of kind `openai-compatible`. */
  readonly id: string;
  readonly name: string;
  /** What a provider of kind `openai-compatible` needs as its base URL. What stands in braces is the operator's own. Default: the kind's, or not known. */
  readonly baseUrl?: string;
  /** Its name in pi-ai. Default: not there; then genai-prices says which models there are. */
  readonly piAi?: string;
  /** Its name in genai-prices. Default: not there. */
  readonly genai?: string;
  /** Its name in tokenlens. Default: {@link piAi} or {@link genai}. */
  readonly tokenlens?: string;
  /** Whose prices hold where both have the model. Default: see choose-prices.ts. */
  readonly prices?: 'pi-ai';
  /** Whether gpt-tokenizer's records are about its models too. Default false. */
  readonly isOpenAi?: boolean;
  /** Whether models with a price for web searches search when a request has `web_search_options`: our dialect asks for it. Default false. */
  readonly searchesWeb?: boolean;
  /**
   * Models that keep to a JSON schema: those that the provider's documentation names, or those with pi-ai's flag for strict tools. That flag
   * is believed only where pi-ai has it for some models and not for others, or where the documentation says that both are one feature;
   * elsewhere it says that the field does no harm. Default: not known, but for what gpt-tokenizer says of OpenAI's.
   */
  readonly schemaModels?: RegExp | 'strict-flag';
  /** Models that are left out. Default: none. */
  readonly leavesOut?: RegExp;
  /** Callable names by genai-prices' ids, where an id is none. Default: the id. */
  readonly callableNames?: Readonly<Record<string, string>>;
}

/**
 * All providers, in the order of the registry, then by id. Left out on purpose: subscriptions and coding plans, which sell no tokens
 * (github-copilot, openai-codex, kimi-coding, opencode, opencode-go, the token plans, zai-coding-cn); Chinese twins of international
 * endpoints; radius, typesafe and cursor, which speak protocols of their own; meta, which is known for the Responses API alone;
 * cloudflare-ai-gateway, which resells the providers here at their prices; modal, whose addresses are the operator's own; novita, of which
 * genai-prices has models of 2024 alone; quicksilverpro and zhipuai, resellers of what is here; voyageai, which has no chat models. Kinds without rows, since no source has their models: deepinfra, alibaba, nebius, and those for an operator's own
 * models (vllm, ollama, llamacpp, lmstudio).
 */
export const providerPlans: readonly ProviderPlan[] = [
  { id: 'openai', name: 'OpenAI', piAi: 'openai', genai: 'openai', isOpenAi: true, schemaModels: 'strict-flag' },
  {
    id: 'google-ai-studio',
    name: 'Google AI Studio',
    piAi: 'google',
    genai: 'google',
    searchesWeb: true,
    // ai.google.dev/gemini-api/docs/structured-output
    schemaModels: /^gemini-/,
    // Deep research answers through the Interactions API alone: ai.google.dev/gemini-api/docs/deep-research. Computer use needs a tool of
    // its own in each request: ai.google.dev/gemini-api/docs/computer-use.
    leavesOut: /^deep-research|computer-use/,
  },
  {
    id: 'google-vertex',
    name: 'Google Vertex AI',
    piAi: 'google-vertex',
    genai: 'google',
    searchesWeb: true,
    schemaModels: /^gemini-/,
  },
  {
    id: 'anthropic',
    name: 'Anthropic',
    piAi: 'anthropic',
    genai: 'anthropic',
    searchesWeb: true,
    // platform.claude.com/docs/en/build-with-claude/structured-outputs: strict tools and JSON outputs come together.
    schemaModels: 'strict-flag',
  },
  // docs.aws.amazon.com/bedrock/latest/userguide/structured-output.html: the same.
  { id: 'bedrock', name: 'Amazon Bedrock', piAi: 'amazon-bedrock', genai: 'aws', schemaModels: 'strict-flag' },
  {
    id: 'cohere',
    name: 'Cohere',
    genai: 'cohere',
    // docs.cohere.com/docs/structured-outputs
    schemaModels: /^command-/,
    // "command" is switched off: docs.cohere.com/docs/deprecations.
    leavesOut: /^(?:command|command-light|embed-.*)$/,
    callableNames: {
      'command-a': 'command-a-03-2025',
      'command-r': 'command-r-08-2024',
      'command-r-plus': 'command-r-plus-08-2024',
      'command-r7b': 'command-r7b-12-2024',
    },
  },
  // console.groq.com/docs/structured-outputs
  { id: 'groq', name: 'Groq', piAi: 'groq', genai: 'groq', schemaModels: /^openai\/gpt-oss-(?:20|120)b$/ },
  { id: 'azure', name: 'Azure OpenAI', piAi: 'azure', genai: 'azure', isOpenAi: true },
  // docs.mistral.ai/capabilities/structured-output/custom_structured_output: all models that it makes.
  {
    id: 'mistral',
    name: 'Mistral AI',
    piAi: 'mistral',
    genai: 'mistral',
    schemaModels: /^(?:codestral|devstral|labs-devstral|magistral|ministral|mistral|open-mistral|pixtral|voxtral)-/,
  },
  // docs.x.ai/docs/guides/structured-outputs: all since grok-2-1212.
  { id: 'xai', name: 'xAI', piAi: 'xai', genai: 'x-ai', schemaModels: /^grok-/ },
  { id: 'deepseek', name: 'DeepSeek', piAi: 'deepseek', genai: 'deepseek' },
  {
    id: 'openrouter',
    name: 'OpenRouter',
    piAi: 'openrouter',
    genai: 'openrouter',
    // Its prices change by the week; pi-ai reads them from its API when it is packed.
    prices: 'pi-ai',
    // Batches are no chats: openrouter.ai/docs. `auto` is pi-ai's own name for `openrouter/auto`.
    leavesOut: /:batch$|^auto$/,
  },
  { id: 'together', name: 'Together AI', piAi: 'together', genai: 'together', tokenlens: 'togetherai' },
  // docs.fireworks.ai/structured-responses/structured-response-formatting: all of its models.
  {
    id: 'fireworks',
    name: 'Fireworks AI',
    piAi: 'fireworks',
    genai: 'fireworks',
    tokenlens: 'fireworks-ai',
    schemaModels: /./,
  },
  // inference-docs.cerebras.ai/capabilities/structured-outputs
  { id: 'cerebras', name: 'Cerebras', piAi: 'cerebras', genai: 'cerebras', schemaModels: /./ },
  {
    id: 'perplexity',
    name: 'Perplexity',
    genai: 'perplexity',
    searchesWeb: true,
    // docs.perplexity.ai/guides/structured-outputs
    schemaModels: /./,
    // The models of docs.perplexity.ai/getting-started/models; genai-prices also has those that are switched off.
    leavesOut: /^(?!(?:sonar|sonar-pro|sonar-reasoning-pro|sonar-deep-research)$)/,
  },
  { id: 'moonshot', name: 'Moonshot AI', piAi: 'moonshotai', genai: 'moonshotai' },
  { id: 'zai', name: 'Z.ai', piAi: 'zai', genai: 'zai' },
  { id: 'huggingface', name: 'Hugging Face', piAi: 'huggingface' },
  { id: 'ant-ling', name: 'Ant Ling', baseUrl: 'https://api.ant-ling.com/v1', piAi: 'ant-ling' },
  { id: 'arcee', name: 'Arcee AI', genai: 'arcee' },
  { id: 'avian', name: 'Avian', baseUrl: 'https://api.avian.io/v1', genai: 'avian' },
  { id: 'baseten', name: 'Baseten', baseUrl: 'https://inference.baseten.co/v1', piAi: 'baseten', genai: 'baseten' },
  {
    id: 'cloudflare-workers-ai',
    name: 'Cloudflare Workers AI',
    baseUrl: 'https://api.cloudflare.com/client/v4/accounts/{CLOUDFLARE_ACCOUNT_ID}/ai/v1',
    piAi: 'cloudflare-workers-ai',
    genai: 'cloudflare',
  },
  {
    id: 'doubleword',
    name: 'Doubleword',
    baseUrl: 'https://api.doubleword.ai/v1',
    genai: 'doubleword',
    leavesOut: /embedding|ocr/i,
  },
  // platform.minimax.io/docs/api-reference/text-openai-api: pi-ai calls it in Anthropic's format, it takes OpenAI's too.
  { id: 'minimax', name: 'MiniMax', baseUrl: 'https://api.minimax.io/v1', piAi: 'minimax', genai: 'minimax' },
  { id: 'nvidia', name: 'NVIDIA NIM', baseUrl: 'https://integrate.api.nvidia.com/v1', piAi: 'nvidia' },
  {
    id: 'ovhcloud',
    name: 'OVHcloud AI Endpoints',
    baseUrl: 'https://oai.endpoints.kepler.ai.cloud.ovh.net/v1',
    genai: 'ovhcloud',
    leavesOut: /^bge-/,
  },
  {
    id: 'vercel-ai-gateway',
    name: 'Vercel AI Gateway',
    // vercel.com/docs/ai-gateway/openai-compat: pi-ai calls it in Anthropic's format, it takes OpenAI's too.
    baseUrl: 'https://ai-gateway.vercel.sh/v1',
    piAi: 'vercel-ai-gateway',
    tokenlens: 'vercel',
    leavesOut: /-batch$/,
  },
  { id: 'xiaomi', name: 'Xiaomi MiMo', baseUrl: 'https://api.xiaomimimo.com/v1', piAi: 'xiaomi' },
];

/**
 * Whether a model of OpenAI's answers through the Responses API alone, which our dialect does not speak: gpt-tokenizer says it; of models
 * that it does not know, those whose kind always does (`-pro`, `-codex`).
 */
export function isResponsesOnly(model: string, record: OpenAiRecord | undefined): boolean {
  if (record?.supported_endpoints !== undefined) return !record.supported_endpoints.includes('chat_completions');
  return /-(?:pro|codex)(?:-|$)/.test(model);
}
