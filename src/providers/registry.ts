import { groq } from './groq/index.ts';
import { openai } from './openai/index.ts';
import { openaiCompatible } from './openai-compatible/index.ts';
import type { ProviderKind } from './provider.ts';
import { sandbox } from './sandbox/index.ts';

/** Every kind of provider, one line each, in the order in which they are listed. */
export const providerKinds: readonly ProviderKind[] = [
  //
  openai,
  groq,
  openaiCompatible,
  sandbox,
];
