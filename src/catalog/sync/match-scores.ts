import { canonicaliseModelName } from '../canonicalise-model-name.ts';
import type { CatalogModel } from '../catalog-model.ts';
import type { CatalogEntry } from '../catalog-view.ts';
import type { NamedScores } from './catalog-source.ts';

/**
 * Gives the scores of a source to every model of the catalogue that has their name, at whatever provider.
 *
 * @param source - where the scores come from.
 * @returns a row with nothing but the scores for each of these models.
 */
export function matchScores(
  entries: readonly CatalogEntry[],
  scores: readonly NamedScores[],
  source: string,
): CatalogModel[] {
  const versions = Map.groupBy(scores, ({ name }) => createScoreKey(canonicaliseModelName(name).name));
  return entries.flatMap(({ canonicalName, model }) => {
    const found = pickVersion(versions.get(createScoreKey(canonicalName)) ?? [], model.snapshot);
    return found === undefined ? [] : [{ provider: model.provider, model: model.model, scores: found.scores, source }];
  });
}

/**
 * Makes names equal that people write for the same model: without punctuation, and without the endings that tell a model that answers from
 * one that only continues text, or one that is new from one that is settled. Lists of scores have neither. What follows a colon is
 * another offer of the model, except that `:free` has the same answers.
 */
function createScoreKey(name: string): string {
  return name
    .replace(/:free$/, '')
    .replace(/(?:-(?:instruct|it|preview))+$/, '')
    .replaceAll(/[^\p{L}\p{N}:]/gu, '');
}

/**
 * Chooses among the versions of a model that have scores.
 *
 * @param snapshot - which version it is, as {@link CatalogModel.snapshot}.
 * @returns for a dated model the version of the same month, or else the only one there is if nobody dates it; for another one the latest.
 */
function pickVersion(versions: readonly NamedScores[], snapshot: string | undefined): NamedScores | undefined {
  if (snapshot !== undefined) {
    const sameMonth = versions.find(({ releaseDate }) => isSameMonth(releaseDate, snapshot));
    const [only] = versions;
    return sameMonth ?? (versions.length === 1 && only?.isDated === false ? only : undefined);
  }
  return versions.reduce<NamedScores | undefined>(
    (latest, next) => (latest === undefined || isLater(next, latest) ? next : latest),
    undefined,
  );
}

function isLater({ releaseDate: one = '' }: NamedScores, { releaseDate: other = '' }: NamedScores): boolean {
  return one > other;
}

/** @param snapshot - `YYYYMMDD` or `MMDD`. */
function isSameMonth(releaseDate: string | undefined, snapshot: string): boolean {
  const [year, month] = releaseDate?.split('-') ?? [];
  if (year === undefined || month === undefined) return false;
  if (snapshot.length === 8) return snapshot.startsWith(year + month);
  return snapshot.length === 4 && snapshot.startsWith(month);
}
