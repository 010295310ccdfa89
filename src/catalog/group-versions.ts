import type { CatalogModel } from './catalog-model.ts';
import { resolveReleaseDate } from './resolve-release-date.ts';
import { stripOfferMarks } from './strip-offer-marks.ts';

/** One version of a model, with all who offer it. */
export interface ModelVersion {
  /** The canonical name of the model. */
  readonly name: string;
  /** When it came out, Unix time in milliseconds. `undefined`: not known. */
  readonly releasedMs: number | undefined;
  /** The offers of the version itself, whose prices are those of the model. */
  readonly plainOffers: readonly CatalogModel[];
  /** All offers: also in some region, faster, for nothing. At least one. */
  readonly offers: readonly CatalogModel[];
}

/** How models are grouped. */
export interface VersionOptions {
  /** What the same model is called wherever it runs. */
  readonly canonicalName: (model: CatalogModel) => string;
  /** What an offer charges. `undefined`: not known, or nothing. */
  readonly readPrice: (model: CatalogModel) => number | undefined;
  /** Now, in Unix milliseconds. */
  readonly atMs: number;
}

interface Offer {
  readonly model: CatalogModel;
  readonly name: string;
  /** `undefined`: its name has no date. */
  readonly snapshot: string | undefined;
  readonly releasedMs: number | undefined;
  /** Whether the name stays when the model changes, so that it has no date of its own. */
  readonly isMoving: boolean;
  readonly isPlain: boolean;
  readonly isFaster: boolean;
}

/**
 * Groups models by what they are: by canonical name and version.
 *
 * A name with a date is that version. One without is a version of its own, the one of its release; but when it ends in `-latest`, or nothing
 * says when it came out, it is the newest dated version that its provider has. Offers that only differ in where, how fast and for how much a
 * model runs are that model's.
 *
 * @returns in the order in which they first come.
 */
export function groupVersions(models: readonly CatalogModel[], options: VersionOptions): readonly ModelVersion[] {
  const described = models.map((model) => describeOffer(model, options));
  const offers = renameOtherModels(described, options);
  return [...Map.groupBy(offers, ({ name }) => name)].flatMap(([name, versions]) =>
    splitVersions(versions).map((version) => describeVersion(name, version)),
  );
}

function describeOffer(model: CatalogModel, { atMs, canonicalName }: VersionOptions): Offer {
  const ownName = canonicalName(model);
  const offered = stripOfferMarks(ownName);
  const releasedMs = resolveReleaseDate(model, atMs);
  const snapshot = model.snapshot ?? offered?.snapshot;
  return {
    model,
    name: offered?.name ?? ownName,
    snapshot: snapshot?.length === 4 && releasedMs !== undefined ? addYear(snapshot, releasedMs) : snapshot,
    releasedMs,
    isMoving: snapshot === undefined && (releasedMs === undefined || /[-:]latest$/i.test(model.model)),
    isPlain: offered === undefined,
    isFaster: offered?.isFaster ?? false,
  };
}

/** Gives faster offers back their own names where there is no slower one, or where they are cheaper than all of those. */
function renameOtherModels(offers: readonly Offer[], { canonicalName, readPrice }: VersionOptions): readonly Offer[] {
  const slower = Map.groupBy(
    offers.filter(({ isFaster }) => !isFaster),
    ({ name }) => name,
  );
  return offers.map((offer) => {
    const { isFaster, model, name } = offer;
    if (!isFaster) return offer;
    const price = readPrice(model);
    const slowPrices = slower.get(name)?.map((slow) => readPrice(slow.model)) ?? [];
    const known = slowPrices.filter((slowPrice) => slowPrice !== undefined);
    const isCheaper = price !== undefined && known.length > 0 && known.every((slowPrice) => price < slowPrice);
    return slowPrices.length > 0 && !isCheaper ? offer : { ...offer, name: canonicalName(model), isPlain: true };
  });
}

/** The versions of one model. */
function splitVersions(offers: readonly Offer[]): Offer[][] {
  const dated = offers.filter(({ snapshot }) => snapshot !== undefined);
  const hasUndated = offers.some(({ isMoving, snapshot }) => snapshot === undefined && !isMoving);
  const resolveVersion = ({ isMoving, model: { provider }, snapshot }: Offer): string | undefined => {
    if (!isMoving) return snapshot;
    const own = findNewest(dated.filter(({ model }) => model.provider === provider));
    return own ?? (hasUndated ? undefined : findNewest(dated));
  };
  return [...Map.groupBy(offers, resolveVersion).values()];
}

function describeVersion(name: string, version: readonly Offer[]): ModelVersion {
  const findFirst = (offers: readonly Offer[]): number | undefined => listTimes(offers).sort((a, b) => a - b)[0];
  return {
    name,
    // Who offers a model later does not make it newer. The date of a name that moves may be that of another version.
    releasedMs: findFirst(version.filter(({ isMoving }) => !isMoving)) ?? findFirst(version),
    plainOffers: version.filter(({ isPlain }) => isPlain).map(({ model }) => model),
    offers: version.map(({ model }) => model),
  };
}

function findNewest(dated: readonly Offer[]): string | undefined {
  const newestMs = listTimes(dated).sort((a, b) => b - a)[0];
  return dated.find(({ releasedMs }) => releasedMs !== undefined && releasedMs === newestMs)?.snapshot;
}

function listTimes(offers: readonly Offer[]): number[] {
  return offers.flatMap(({ releasedMs }) => releasedMs ?? []);
}

function addYear(monthAndDay: string, releasedMs: number): string {
  return new Date(releasedMs).getUTCFullYear() + monthAndDay;
}
