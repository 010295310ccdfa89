import type { CatalogFile } from '../../src/catalog/shipped-file.ts';
import type { PriceDisagreement } from './choose-prices.ts';
import type { Correction } from './corrections.ts';
import { type JoinedModel, joinModels } from './join-models.ts';
import { type SourceName, type SourcePackage, sourceNames } from './package-sources.ts';
import type { ProviderPlan } from './provider-plan.ts';
import type { ReleaseDateTable } from './release-date-table.ts';
import { collectReleaseDates } from './release-dates.ts';
import { sandboxRows } from './sandbox-rows.ts';
import { findCollisions, settleBedrockNames, settleOpenRouterNames } from './settle-names.ts';
import type { Sources } from './sources.ts';
import { listSupportedParameters } from './supported-parameters.ts';
import { toModelRow } from './write-catalog.ts';

/** A new catalogue, and what a person should look at. */
export interface BuiltCatalog {
  readonly file: CatalogFile;
  readonly disagreements: readonly PriceDisagreement[];
  /** What must not be: names that stand for two models, corrections that correct nothing. */
  readonly problems: readonly string[];
  /** Names in the table of release dates that date no model: gone, or dated by a package now. */
  readonly unusedDates: readonly string[];
}

/** What it is built from. */
export interface CatalogInput {
  readonly sources: Sources;
  readonly packages: Readonly<Record<SourceName, Pick<SourcePackage, 'label'>>>;
  readonly plans: readonly ProviderPlan[];
  readonly corrections: readonly Correction[];
  readonly releaseDateTable: ReleaseDateTable;
}

/** The source of dates from {@link ReleaseDateTable}. */
const dateSource = 'release-dates';
/** The source of rows that are written by hand. */
const ownSource = 'signalbox';

const settle: Readonly<Record<string, (models: readonly JoinedModel[]) => readonly JoinedModel[]>> = {
  bedrock: settleBedrockNames,
  openrouter: settleOpenRouterNames,
};

/**
 * Joins all sources into a catalogue. The same input gives the same file.
 *
 * @throws Error when a source lacks a provider that the plan names.
 */
export function buildCatalog({ sources, packages, plans, corrections, releaseDateTable }: CatalogInput): BuiltCatalog {
  const releaseDates = collectReleaseDates(sources, releaseDateTable);
  const names: readonly string[] = [...sourceNames, dateSource, ownSource];
  const joined = plans.map((plan) => {
    const { models, disagreements } = joinModels(plan, sources, { corrections, releaseDates });
    return { plan, models: settle[plan.id]?.(models) ?? models, disagreements };
  });
  const sandbox = sandboxRows.map((row) => ({ ...row, sources: [ownSource] }));
  const providers: readonly { id: string; name: string; baseUrl?: string; models: readonly JoinedModel[] }[] = [
    ...joined.map(({ plan: { id, name, baseUrl }, models }) => ({
      id,
      name,
      ...(baseUrl !== undefined && { baseUrl }),
      models,
    })),
    { id: 'sandbox', name: 'Sandbox', models: sandbox },
  ];
  const unused = corrections.filter(({ provider, models: pattern }) => {
    return !joined.some(({ plan, models }) => plan.id === provider && models.some(({ model }) => pattern.test(model)));
  });
  const releases = joined.flatMap(({ models }) => models.map(({ model }) => releaseDates.find(model)));
  const usedDates = new Set(releases.flatMap((release) => (release?.source === dateSource ? [release.key] : [])));
  return {
    file: {
      sources: [
        ...sourceNames.map((name) => packages[name].label),
        `${dateSource} ${releaseDateTable.asOf}`,
        ownSource,
      ],
      providers: Object.fromEntries(
        providers.map(({ id, name, baseUrl }) => {
          const supportedParameters = listSupportedParameters(id);
          return [id, { name, ...(baseUrl !== undefined && { baseUrl }), supportedParameters }];
        }),
      ),
      models: Object.fromEntries(
        providers.map(({ id, models }) => [id, models.map((model) => toModelRow(model, names))]),
      ),
    },
    disagreements: joined.flatMap(({ disagreements }) => disagreements),
    problems: [
      ...providers.flatMap(({ id, models }) => [...findDuplicates(id, models), ...findCollisions(id, models)]),
      ...unused.map(({ provider, models }) => `corrections.json: ${provider} has no model that fits ${models}.`),
    ],
    unusedDates: Object.keys(releaseDateTable.models).filter((key) => !usedDates.has(key)),
  };
}

function findDuplicates(providerId: string, models: readonly JoinedModel[]): readonly string[] {
  const groups = Map.groupBy(models, ({ model }) => model);
  return [...groups].flatMap(([model, { length }]) => (length > 1 ? [`${providerId}/${model} is there twice.`] : []));
}
