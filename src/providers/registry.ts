import { alibaba } from './alibaba/index.ts';
import { anthropic } from './anthropic/index.ts';
import { azure } from './azure/index.ts';
import { bedrock } from './bedrock/index.ts';
import { cerebras } from './cerebras/index.ts';
import { cohere } from './cohere/index.ts';
import { deepinfra } from './deepinfra/index.ts';
import { deepseek } from './deepseek/index.ts';
import { fireworks } from './fireworks/index.ts';
import { googleAiStudio } from './google-ai-studio/index.ts';
import { googleVertex } from './google-vertex/index.ts';
import { groq } from './groq/index.ts';
import { huggingface } from './huggingface/index.ts';
import { llamacpp } from './llamacpp/index.ts';
import { lmstudio } from './lmstudio/index.ts';
import { mistral } from './mistral/index.ts';
import { moonshot } from './moonshot/index.ts';
import { nebius } from './nebius/index.ts';
import { ollama } from './ollama/index.ts';
import { openai } from './openai/index.ts';
import { openaiCompatible } from './openai-compatible/index.ts';
import { openrouter } from './openrouter/index.ts';
import { perplexity } from './perplexity/index.ts';
import type { ProviderKind } from './provider.ts';
import { sandbox } from './sandbox/index.ts';
import { together } from './together/index.ts';
import { vllm } from './vllm/index.ts';
import { xai } from './xai/index.ts';
import { zai } from './zai/index.ts';

/** Every kind of provider, one line each, in the order in which they are listed. */
export const providerKinds: readonly ProviderKind[] = [
  //
  openai,
  googleAiStudio,
  googleVertex,
  anthropic,
  bedrock,
  cohere,
  groq,
  azure,
  mistral,
  xai,
  deepseek,
  openrouter,
  together,
  fireworks,
  cerebras,
  perplexity,
  deepinfra,
  moonshot,
  zai,
  alibaba,
  huggingface,
  nebius,
  vllm,
  ollama,
  llamacpp,
  lmstudio,
  openaiCompatible,
  sandbox,
];
