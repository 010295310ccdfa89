import { canonicaliseModelName } from '../../src/catalog/canonicalise-model-name.ts';
import type { JoinedModel } from './join-models.ts';

/** Bedrock's inference profiles, the one that a bare name stands for first: the global one answers from each region. */
const bedrockRegions = ['global', '', 'us', 'eu', 'jp', 'au', 'apac', 'in', 'ca', 'sa', 'us-gov'];

/**
 * Lets one of Bedrock's inference profiles of a model stand for it, and gives the others a name with their region. The plain id comes after
 * the global profile since newer models refuse it: docs.aws.amazon.com/bedrock/latest/userguide/inference-profiles-support.html.
 */
export function settleBedrockNames(models: readonly JoinedModel[]): readonly JoinedModel[] {
  const ranked = models.map((model) => ({ model, region: readRegion(model.model), key: createKey(model) }));
  const best = new Map<string, number>();
  for (const { key, region } of ranked) best.set(key, Math.min(best.get(key) ?? bedrockRegions.length, rank(region)));
  return ranked.map(({ model, region, key }) => {
    if (rank(region) === best.get(key)) return model;
    const name = model.canonicalName ?? canonicaliseModelName(model.model).name;
    return { ...model, canonicalName: `${region === '' ? 'regional' : region}.${name}` };
  });
}

/**
 * OpenRouter's names with a tilde mean now one model and later another, so they are no name of any: they keep theirs.
 */
export function settleOpenRouterNames(models: readonly JoinedModel[]): readonly JoinedModel[] {
  return models.map((model) => (model.model.startsWith('~') ? { ...model, canonicalName: model.model } : model));
}

function readRegion(model: string): string {
  return bedrockRegions.find((region) => region !== '' && model.startsWith(`${region}.`)) ?? '';
}

function rank(region: string): number {
  return bedrockRegions.indexOf(region);
}

/**
 * Finds models of a provider that a bare name cannot tell apart: the same canonical name, and the same date or none.
 *
 * @returns a sentence for each name.
 */
export function findCollisions(providerId: string, models: readonly JoinedModel[]): readonly string[] {
  const groups = Map.groupBy(models, createKey);
  return [...groups]
    .filter(([, { length }]) => length > 1)
    .map(([key, group]) => `${providerId}: "${key}" is ${group.map(({ model }) => `"${model}"`).join(' and ')}.`);
}

function createKey({ model, canonicalName, snapshot }: JoinedModel): string {
  const name = canonicalName ?? canonicaliseModelName(model).name;
  return snapshot === undefined ? name : `${name}@${snapshot}`;
}
