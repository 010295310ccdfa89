import type { CatalogModel } from '../../src/catalog/catalog-model.ts';
import type { CatalogEntry, CatalogView, ModelCatalog } from '../../src/catalog/catalog-view.ts';
import type { SpeedEstimate } from '../../src/catalog/performance.ts';
import type { ModelGatewayDependencies } from '../../src/wire/model-gateway.ts';

/** The model of the API's reference, with everything that the catalogue can know of one. */
export const flash: CatalogModel = {
  provider: 'google-ai-studio',
  model: 'gemini-2.5-flash',
  displayName: 'Gemini 2.5 Flash',
  creator: 'Google',
  inputModalities: ['text', 'image', 'audio', 'video'],
  outputModalities: ['text'],
  contextTokens: 1_048_576,
  maxOutputTokens: 65_536,
  supportedParameters: ['temperature', 'tools'],
  capabilities: {
    functionCalling: true,
    webSearch: true,
    reasoning: true,
    reasoningEfforts: ['low', 'medium', 'high'],
    promptCaching: true,
    responseSchema: true,
  },
  prices: [{ prices: { input_mtok: 0.3, output_mtok: 2.5, cache_read_mtok: 0.03 } }],
  scores: { intelligence: { value: 58.5, source: 'estimate', date: '2026-11-01', isEstimated: true } },
  releaseDate: '2025-06-17',
  source: 'pi-ai 1.5.2',
};

/** What nothing is known of but its name. */
const bare: CatalogModel = { provider: 'own', model: 'org/tiny', source: 'configuration' };

const audio: CatalogModel = {
  provider: 'openai',
  model: 'gpt-audio',
  creator: 'OpenAI',
  inputModalities: ['text', 'audio'],
  outputModalities: ['text', 'audio'],
  capabilities: { functionCalling: true, reasoning: false },
  source: 'pi-ai 1.5.2',
};

function createEntry(model: CatalogModel, isLive: boolean): CatalogEntry {
  const id = `${model.provider}/${model.model}`;
  return { id, providerId: model.provider, isLive, canonicalName: model.model, model };
}

/** In the order of the registry. Of the providers, `openai` is not live, and `empty` has no models. */
const entries: readonly CatalogEntry[] = [
  createEntry(audio, false),
  createEntry({ ...flash, provider: 'openai', creator: 'A reseller' }, false),
  createEntry(flash, true),
  createEntry(bare, true),
];

const view: CatalogView = {
  entries,
  get: (id) => entries.find((entry) => entry.id === id.replace(/^gemini\//, 'google-ai-studio/')),
  listProvider: (providerId) => entries.filter((entry) => entry.providerId === providerId),
  findByName: (name) => entries.filter(({ model }) => model.model === name),
  suggest: (name) => (name === 'gemini-2.5-flush' ? ['gemini-2.5-flash', 'gemini-2.5-flash-lite'] : []),
};

const providers = [
  { id: 'openai', live: false, remedy: 'set OPENAI_API_KEY' },
  { id: 'google-ai-studio', live: true },
  { id: 'own', live: true },
  { id: 'empty', live: true },
];

const unmeasured: SpeedEstimate = {
  timeToFirstTokenMs: 1000,
  p50Ms: undefined,
  p90Ms: undefined,
  p99Ms: undefined,
  tokensPerSecond: 50,
  failureRate: 0,
  weight: 0,
  isAssumed: true,
};

/** What {@link flash} was measured at. */
export const measured: SpeedEstimate = {
  timeToFirstTokenMs: 412.5,
  p50Ms: 400,
  p90Ms: 700,
  p99Ms: undefined,
  tokensPerSecond: 120,
  failureRate: 0.01,
  weight: 37.5,
  isAssumed: false,
};

/** What a rig lists these models from. `gemini` is an alias of google-ai-studio. */
export const listed: Pick<ModelGatewayDependencies, 'catalog' | 'performance' | 'providers'> = {
  catalog: { current: view } satisfies ModelCatalog,
  performance: { read: (id) => (id === 'google-ai-studio/gemini-2.5-flash' ? measured : unmeasured) },
  providers: {
    get: (id) => providers.find((provider) => provider.id === (id === 'gemini' ? 'google-ai-studio' : id)),
    list: () => providers,
  },
};

/** An entry of the catalogue with this model. */
export function createLiveEntry(model: CatalogModel): CatalogEntry {
  return createEntry(model, true);
}

/** What nothing was measured of. */
export { unmeasured };
