import { canonicaliseModelName } from '../../src/catalog/canonicalise-model-name.ts';
import type { Capabilities, CatalogModel, Modality } from '../../src/catalog/catalog-model.ts';
import type { ModelPrices } from '../../src/catalog/model-prices.ts';
import { choosePrices, type PriceDisagreement } from './choose-prices.ts';
import type { Correction } from './corrections.ts';
import { findCreator } from './creators.ts';
import { isResponsesOnly, type ProviderPlan } from './provider-plan.ts';
import type { GenaiModel, GenaiProvider } from './read-genai-prices.ts';
import type { OpenAiRecord } from './read-gpt-tokenizer.ts';
import type { PiAiData, PiAiModel } from './read-pi-ai.ts';
import type { TokenlensModel } from './read-tokenlens.ts';
import type { ReleaseDates } from './release-dates.ts';
import type { Sources } from './sources.ts';

/** A row of the catalogue before its provider and its source are written shortly. */
export interface JoinedModel extends Omit<CatalogModel, 'provider' | 'source'> {
  /** The names of the packages that it comes from, `release-dates` for our own table of dates, or `signalbox`. */
  readonly sources: readonly string[];
}

/** The rows of a provider. */
export interface JoinedProvider {
  readonly models: readonly JoinedModel[];
  readonly disagreements: readonly PriceDisagreement[];
}

/** One model as each source has it. */
interface Found {
  readonly model: string;
  readonly piAi: PiAiModel | undefined;
  readonly genai: GenaiModel | undefined;
  readonly openAi: OpenAiRecord | undefined;
  readonly tokenlens: TokenlensModel | undefined;
  /** What it gives, where a source has it among the models that make images. */
  readonly imageOutput: readonly string[] | undefined;
}

/** Efforts as requests name them, and as pi-ai does. pi-ai's `max` is none of ours. */
const efforts = [
  ['none', 'off'],
  ['minimal', 'minimal'],
  ['low', 'low'],
  ['medium', 'medium'],
  ['high', 'high'],
  ['xhigh', 'xhigh'],
] as const;

const modalities: ReadonlyMap<string, Modality> = new Map([
  ['text', 'text'],
  ['image', 'image'],
  ['audio', 'audio'],
  ['video', 'video'],
  ['pdf', 'file'],
  ['file', 'file'],
]);

/**
 * Brings together what the sources say of a provider's models. Which models there are, pi-ai says: it lists what can be called now. Only
 * where it does not have the provider, genai-prices says it, which also keeps models that are long switched off.
 *
 * @returns rows by name.
 */
export function joinModels(
  plan: ProviderPlan,
  sources: Sources,
  { corrections, releaseDates }: { readonly corrections: readonly Correction[]; readonly releaseDates: ReleaseDates },
): JoinedProvider {
  const disagreements: PriceDisagreement[] = [];
  const models = findModels(plan, sources).map((found) => {
    const ours = corrections.filter(({ provider, models: names }) => provider === plan.id && names.test(found.model));
    const { prices, from, disagreement } = choosePrices({
      model: found.model,
      piAi: found.piAi?.cost,
      genai: found.genai?.prices ?? [],
      date: sources.piAi.date,
      preferred: ours.find((correction) => correction.prices !== undefined)?.prices ?? plan.prices,
    });
    if (disagreement !== undefined) disagreements.push({ id: `${plan.id}/${found.model}`, ...disagreement });
    const joined = joinModel(plan, found, { prices, from, releaseDates });
    return ours.reduce(correct, joined);
  });
  return { models: models.toSorted((a, b) => (a.model < b.model ? -1 : 1)), disagreements };
}

function findModels(plan: ProviderPlan, { piAi, genaiPrices, gptTokenizer, tokenlens }: Sources): readonly Found[] {
  const genai = plan.genai === undefined ? undefined : genaiPrices(plan.genai);
  if (plan.genai !== undefined && genai === undefined) throw new Error(`genai-prices has no provider "${plan.genai}".`);
  const theirs = tokenlens.get(plan.tokenlens ?? plan.piAi ?? plan.genai ?? plan.id) ?? [];
  const describe = (model: string, row: PiAiModel | undefined, price: GenaiModel | undefined): Found => ({
    model,
    piAi: row,
    genai: price,
    openAi: plan.isOpenAi === true ? gptTokenizer.get(model) : undefined,
    tokenlens: theirs.find(({ id }) => id === model),
    imageOutput: piAi.imageOutputs.get(`${plan.piAi}/${model}`),
  });

  const found =
    plan.piAi === undefined
      ? listGenaiModels(plan, genai).map(({ model, price }) => describe(model, undefined, price))
      : listPiAiModels(plan.piAi, piAi).map((row) => describe(row.id, row, genai?.find(row.id)));
  return found.filter(({ model, openAi }) => {
    const isSpoken = plan.isOpenAi !== true || !isResponsesOnly(model, openAi);
    return isSpoken && plan.leavesOut?.test(model) !== true;
  });
}

/** Chat models in the APIs that take chats; pi-ai keeps classifiers in some providers as chats of their own API. */
function listPiAiModels(name: string, { models }: PiAiData): readonly PiAiModel[] {
  const rows = models.get(name);
  if (rows === undefined) throw new Error(`pi-ai has no provider "${name}".`);
  return rows.filter(({ api }) => !/system-one|decisions|images/.test(api));
}

function listGenaiModels(plan: ProviderPlan, genai: GenaiProvider | undefined) {
  const models = genai?.models ?? [];
  return models
    .filter(({ id, isDeprecated }) => !isDeprecated && plan.leavesOut?.test(id) !== true)
    .map((price) => ({ model: plan.callableNames?.[price.id] ?? price.id, price }));
}

function joinModel(
  plan: ProviderPlan,
  found: Found,
  {
    prices,
    from,
    releaseDates,
  }: { prices: ModelPrices | undefined; from: readonly string[]; releaseDates: ReleaseDates },
): JoinedModel {
  const { model, piAi, genai, openAi, tokenlens, imageOutput } = found;
  const { name, snapshot } = canonicaliseModelName(model);
  const creator = findCreator(name);
  const contextTokens = findLargest(
    piAi?.contextWindow,
    genai?.contextTokens,
    openAi?.context_window,
    tokenlens?.limit?.context,
  );
  const maxOutputTokens = findLargest(piAi?.maxTokens, openAi?.max_output_tokens, tokenlens?.limit?.output);
  const inputs = readModalities(piAi?.input, openAi?.modalities?.input, tokenlens?.modalities.input);
  const outputs = readModalities(['text'], openAi?.modalities?.output, tokenlens?.modalities.output, imageOutput);
  const capabilities = readCapabilities(plan, found, prices);
  const release = releaseDates.find(model);
  const displayName = piAi?.name ?? tokenlens?.name ?? genai?.displayName;
  const isUsed: readonly (readonly [string, boolean])[] = [
    ['pi-ai', piAi !== undefined],
    ['genai-prices', from.includes('genai-prices') || isOnlyGenaiLimit(found, contextTokens)],
    ['gpt-tokenizer', openAi !== undefined],
    ['tokenlens', tokenlens !== undefined || release?.source === 'tokenlens'],
    ['release-dates', release?.source === 'release-dates'],
  ];
  return {
    model,
    ...(displayName !== undefined && { displayName }),
    ...(creator !== undefined && { creator }),
    ...(snapshot !== undefined && { snapshot }),
    ...(inputs.length > 0 && { inputModalities: inputs }),
    // All of them are chat models.
    outputModalities: outputs,
    ...(contextTokens !== undefined && { contextTokens }),
    // More than the context is a slip of a source, and not known.
    ...(maxOutputTokens !== undefined && maxOutputTokens <= (contextTokens ?? 0) && { maxOutputTokens }),
    ...(Object.keys(capabilities).length > 0 && { capabilities }),
    ...(prices !== undefined && { prices }),
    ...(release !== undefined && { releaseDate: release.date }),
    ...(openAi?.deprecated === true && { isDeprecated: true }),
    sources: isUsed.flatMap(([source, used]) => (used ? [source] : [])),
  };
}

function isOnlyGenaiLimit({ piAi, genai, openAi, tokenlens }: Found, contextTokens: number | undefined): boolean {
  const others = [piAi?.contextWindow, openAi?.context_window, tokenlens?.limit?.context];
  return contextTokens !== undefined && genai?.contextTokens === contextTokens && !others.includes(contextTokens);
}

function readCapabilities(
  { schemaModels, searchesWeb }: ProviderPlan,
  { model, piAi, genai, openAi, tokenlens }: Found,
  prices: ModelPrices | undefined,
): Capabilities {
  const features = openAi?.supported_features;
  const reasoning = piAi?.reasoning ?? tokenlens?.reasoning;
  const known = piAi?.thinkingLevelMap;
  const reasoningEfforts =
    known === undefined ? [] : efforts.filter(([, theirs]) => isOffered(theirs, known)).map(([ours]) => ours);
  // pi-ai has models that call tools, and no others.
  const functionCalling = piAi !== undefined ? true : tokenlens?.tool_call;
  const isStrict = piAi?.compat?.supportsStrictMode === true || piAi?.compat?.['supportsStrictTools'] === true;
  const isNamed = schemaModels === 'strict-flag' ? isStrict : schemaModels?.test(model) === true;
  const responseSchema = features === undefined ? isNamed || undefined : features.includes('structured_outputs');
  const hasPrice = (key: 'web_searches_kcount' | 'cache_read_mtok') =>
    [...(prices ?? []), ...(genai?.prices ?? [])].some((entry) => entry.prices[key] !== undefined);
  return {
    ...(functionCalling !== undefined && { functionCalling }),
    ...(responseSchema !== undefined && { responseSchema }),
    ...(reasoning !== undefined && { reasoning }),
    ...(reasoning === true && reasoningEfforts.length > 0 && { reasoningEfforts }),
    ...(searchesWeb === true && hasPrice('web_searches_kcount') && { webSearch: true }),
    ...(hasPrice('cache_read_mtok') && { promptCaching: true }),
  };
}

/** In pi-ai's map null says that a level is not there; a level that is not in the map is, except for the ones above high. */
function isOffered(level: string, map: NonNullable<PiAiModel['thinkingLevelMap']>): boolean {
  const value = map[level];
  return value !== null && (value !== undefined || level !== 'xhigh');
}

function readModalities(...lists: readonly (readonly string[] | undefined)[]): readonly Modality[] {
  const named = new Set(lists.flatMap((list) => list ?? []).map((name) => modalities.get(name)));
  return [...new Set(modalities.values())].filter((modality) => named.has(modality));
}

/** Sources that say less have an older model's limit, or the one below which a prompt is cheap. 0 is not known. */
function findLargest(...values: readonly (number | undefined)[]): number | undefined {
  const known = values.filter((value) => value !== undefined && value > 0);
  return known.length === 0 ? undefined : Math.max(...known.map((value) => value ?? 0));
}

function correct(joined: JoinedModel, { set = {} }: Correction): JoinedModel {
  const { canonicalName, contextTokens, maxOutputTokens, capabilities } = set;
  return {
    ...joined,
    ...(canonicalName !== undefined && { canonicalName }),
    ...(contextTokens !== undefined && { contextTokens }),
    ...(maxOutputTokens !== undefined && { maxOutputTokens }),
    ...(capabilities !== undefined && { capabilities: correctCapabilities(joined.capabilities, capabilities) }),
  };
}

function correctCapabilities(
  joined: Capabilities | undefined,
  {
    functionCalling,
    responseSchema,
    reasoning,
    webSearch,
  }: NonNullable<NonNullable<Correction['set']>['capabilities']>,
): Capabilities {
  return {
    ...joined,
    ...(functionCalling !== undefined && { functionCalling }),
    ...(responseSchema !== undefined && { responseSchema }),
    ...(reasoning !== undefined && { reasoning }),
    ...(webSearch !== undefined && { webSearch }),
  };
}
