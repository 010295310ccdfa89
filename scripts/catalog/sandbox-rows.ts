import type { CatalogModel } from '../../src/catalog/catalog-model.ts';
import { sandboxParameters } from './supported-parameters.ts';

type SandboxRow = Omit<CatalogModel, 'provider' | 'source'>;

const free = [{ prices: { input_mtok: 0, output_mtok: 0 } }];

/** No model of the sandbox reasons or has tools unless its row says so, and all of them are known through and through. */
const plain = {
  creator: 'Signalbox',
  inputModalities: ['text'],
  outputModalities: ['text'],
  capabilities: {
    functionCalling: false,
    responseSchema: false,
    reasoning: false,
    webSearch: false,
    promptCaching: false,
  },
  prices: free,
  isTest: true,
} as const satisfies Partial<SandboxRow>;

/**
 * The sandbox's models, by hand: what each can do is what src/providers/sandbox/sandbox-models.ts gives it. Those that are there to fail
 * (error-429, error-500, cut, refusal) are not in the catalogue, so that `auto` and bare names never choose one; `sandbox/error-429` is
 * called by its full name, which needs no row. `slow-first-token` is in: it answers, and sorting by latency is tried out with it.
 */
export const sandboxRows: readonly SandboxRow[] = [
  { ...plain, model: 'citations', displayName: 'Citations' },
  { ...plain, model: 'echo', displayName: 'Echo' },
  { ...plain, model: 'image', displayName: 'Image', outputModalities: ['text', 'image'] },
  {
    ...plain,
    model: 'json',
    displayName: 'JSON',
    capabilities: { ...plain.capabilities, responseSchema: true },
    supportedParameters: [...sandboxParameters, 'response_format'].toSorted(),
  },
  {
    ...plain,
    model: 'reasoner',
    displayName: 'Reasoner',
    capabilities: { ...plain.capabilities, reasoning: true },
    supportedParameters: [...sandboxParameters, 'reasoning', 'reasoning_effort'].toSorted(),
  },
  { ...plain, model: 'slow', displayName: 'Slow' },
  { ...plain, model: 'slow-first-token', displayName: 'Slow first token' },
  {
    ...plain,
    model: 'tools',
    displayName: 'Tools',
    capabilities: { ...plain.capabilities, functionCalling: true },
    supportedParameters: [...sandboxParameters, 'tool_choice', 'tools'].toSorted(),
  },
];
