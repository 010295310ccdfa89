import type { ProviderKind } from '../provider.ts';
import { createCohereProvider } from './cohere-provider.ts';

/** Cohere: docs.cohere.com/reference/chat. */
export const cohere: ProviderKind = {
  kind: 'cohere',
  baseUrl: 'https://api.cohere.com/v2',
  apiKeyVariable: 'COHERE_API_KEY',
  // What Cohere's own libraries read.
  otherKeyVariables: ['CO_API_KEY'],
  builtIn: true,
  create: createCohereProvider,
};
