import { canonicaliseModelName } from '../../src/catalog/canonicalise-model-name.ts';
import { createReleaseKey, type ReleaseDateTable } from './release-date-table.ts';
import type { Sources } from './sources.ts';

/** When a model came out, and what says so. */
export interface Release {
  /** `YYYY-MM-DD`. */
  readonly date: string;
  readonly source: 'tokenlens' | 'release-dates' | 'name';
  /** What it was found by. An offer of a model is found by the model. */
  readonly key: string;
}

/** When models came out. */
export interface ReleaseDates {
  /** `undefined`: not known. */
  find(model: string): Release | undefined;
}

const datePattern = /^20\d\d-\d\d-\d\d$/;

/** Endings of faster, cheaper and quantised offers of a model, which came out when the model did, whoever makes them later. */
const offerMark = /(?:[:-]free|-(?:fast|highspeed|spot|ultrafast|ultraspeed|fp8|nvfp4))$/;

/**
 * Collects when models came out: what tokenlens says, the dates in names, and for what neither dates, our own table. A date in a name is the
 * date of that version; a model without one came out when its first dated version did. Models of one canonical name are one model, at
 * whichever provider; an offer of a model that nothing dates itself has the date of the model.
 */
export function collectReleaseDates(
  { piAi, gptTokenizer, tokenlens }: Sources,
  { models: table }: Pick<ReleaseDateTable, 'models'>,
): ReleaseDates {
  const releases = new Map<string, Release>();
  const note = (release: Release) => {
    const known = releases.get(release.key);
    if (known === undefined || release.date < known.date) releases.set(release.key, release);
  };
  for (const { id, release_date: date } of [...tokenlens.values()].flat()) {
    // Some dates have no day.
    if (date !== undefined && datePattern.test(date)) note({ date, source: 'tokenlens', key: createReleaseKey(id) });
  }
  const names = [...gptTokenizer.keys(), ...[...piAi.models.values()].flat().map(({ id }) => id)];
  for (const name of names) {
    const date = readDate(name);
    if (date !== undefined) note({ date, source: 'name', key: canonicaliseModelName(name).name });
  }
  for (const [key, { date }] of Object.entries(table)) {
    if (!releases.has(key)) note({ date, source: 'release-dates', key });
  }

  const find = (model: string): Release | undefined => {
    const key = createReleaseKey(model);
    const date = readDate(model);
    if (date !== undefined) return { date, source: 'name', key };
    const { name } = canonicaliseModelName(model);
    const offered = name.replace(offerMark, '');
    return releases.get(key) ?? (offered === name ? undefined : find(offered));
  };
  return { find };
}

/** The date in a name, where it says year, month and day. */
function readDate(model: string): string | undefined {
  const { snapshot = '' } = canonicaliseModelName(model);
  const date = snapshot.replace(/^(\d{4})(\d\d)(\d\d)$/, '$1-$2-$3');
  return datePattern.test(date) && !date.endsWith('-00') ? date : undefined;
}
