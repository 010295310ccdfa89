import type { Capabilities, CatalogModel } from '../catalog-model.ts';
import { dropUnknown, type Undefinable } from '../drop-unknown.ts';
import type { ModelPrices } from '../model-prices.ts';
import type { DecodedSource } from './catalog-source.ts';
import type { PriceCollector } from './price-collector.ts';
import { isShortLine } from './row-reader.ts';
import { WarningList } from './warning-list.ts';

/** Most models that are taken from one source. The largest has a tenth of it. */
const maxModels = 50_000;

/** What a provider may be called in the configuration. */
const providerPattern = /^[a-z0-9][a-z0-9._-]{0,62}$/;

/** A model of a source, before its prices and where it comes from. Fields may be `undefined`. */
export type CollectedModel = Undefinable<
  Omit<CatalogModel, 'source' | 'prices' | 'capabilities' | 'provider' | 'model'>
> &
  Pick<CatalogModel, 'provider' | 'model'> & { readonly capabilities?: Undefinable<Capabilities> };

/** Collects the models of one source, and what is told of those that cannot be taken. */
export class ModelCollector {
  readonly #source: string;
  readonly #models = new Map<string, CatalogModel>();
  readonly #warnings = new WarningList();

  /** @param source - where the models come from. */
  constructor(source: string) {
    this.#source = source;
  }

  /** Tells something that keeps nothing from being taken. */
  warn(text: string): void {
    this.#warnings.add(text);
  }

  /** Tells of a row that is left out. */
  leaveOut(name: string, problem: string): void {
    this.#warnings.add(`${showRow(name)} is left out: ${problem}.`);
  }

  /** For {@link RowReader}: tells of a field that is not taken, while its row is. */
  tellOdd(name: string): (problem: string) => void {
    return (problem) => this.#warnings.add(`${showRow(name)}: ${problem}, and is not taken.`);
  }

  /** Takes a model, unless its name or a price is wrong, or it is there already. */
  add(model: CollectedModel, collector: PriceCollector): void {
    const name = `${model.provider}/${model.model}`;
    const collected = collector.end();
    const problem = this.#findProblem(model, name) ?? ('problem' in collected ? collected.problem : undefined);
    if (problem !== undefined) {
      this.leaveOut(name, problem);
      return;
    }
    const { capabilities = {}, ...rest } = model;
    const known = dropUnknown<Capabilities>(capabilities);
    const prices = 'prices' in collected && isBelievable(collected.prices, model.model) ? collected.prices : undefined;
    this.#models.set(name, {
      ...dropUnknown<Pick<CatalogModel, 'provider' | 'model'>>(rest),
      ...(Object.keys(known).length > 0 && { capabilities: known }),
      ...(prices !== undefined && { prices }),
      source: this.#source,
    });
  }

  #findProblem({ provider, model }: CollectedModel, name: string): string | undefined {
    if (!providerPattern.test(provider)) return 'no provider can have this name';
    if (!isModelName(model)) return 'no model can have this name';
    if (this.#models.has(name)) return 'it is there already';
    return this.#models.size < maxModels ? undefined : `there are ${maxModels} models already`;
  }

  end(nextPage?: string): DecodedSource {
    return {
      models: [...this.#models.values()],
      scores: [],
      warnings: this.#warnings.end(),
      ...(nextPage !== undefined && { nextPage }),
    };
  }
}

/**
 * Whether prices are what a call costs. Sources write 0 for the prompt and the answer alike where they do not know a price, and where a
 * subscription or a trial pays: that is no price, unless the model's name says that it is free.
 */
function isBelievable(prices: ModelPrices | undefined, model: string): boolean {
  const { input_mtok: input, output_mtok: output } = prices?.[0]?.prices ?? {};
  return input !== 0 || output !== 0 || /[:/-]free$/.test(model);
}

/** Models have names without spaces; slashes, colons and the like are part of many. */
function isModelName(name: string): boolean {
  return /^\S+$/.test(name) && isShortLine(name);
}

/** A name of a source, however odd, in one short line. */
function showRow(name: string): string {
  const shown = name.replaceAll(/[\p{Cc}\p{Cf}\p{Cs}\p{Zl}\p{Zp}]/gu, '?');
  return shown.length > 100 ? `${shown.slice(0, 100)}…` : shown;
}
