import { canonicaliseModelName } from '../../src/catalog/canonicalise-model-name.ts';
import type { Sources } from './join-models.ts';

/** When models came out. */
export interface ReleaseDates {
  /** `YYYY-MM-DD`. `undefined`: not known. */
  find(model: string): string | undefined;
  /** Whether it is tokenlens that says so. */
  isFromTokenlens(model: string): boolean;
}

interface Release {
  readonly date: string;
  readonly isFromTokenlens: boolean;
}

const datePattern = /^20\d\d-\d\d-\d\d$/;

/**
 * Collects when models came out: what tokenlens says, and the dates in names. A date in a name is the date of that version; a model without
 * one came out when its first dated version did. Models of one canonical name are one model, at whichever provider.
 */
export function collectReleaseDates({ piAi, gptTokenizer, tokenlens }: Sources): ReleaseDates {
  const releases = new Map<string, Release>();
  const note = (key: string, release: Release) => {
    const known = releases.get(key);
    if (known === undefined || release.date < known.date) releases.set(key, release);
  };
  for (const { id, release_date: date } of [...tokenlens.values()].flat()) {
    // Some dates have no day.
    if (date !== undefined && datePattern.test(date)) note(createKey(id), { date, isFromTokenlens: true });
  }
  const names = [...gptTokenizer.keys(), ...[...piAi.models.values()].flat().map(({ id }) => id)];
  for (const name of names) {
    const date = readDate(name);
    if (date !== undefined) note(canonicaliseModelName(name).name, { date, isFromTokenlens: false });
  }

  const find = (model: string): Release | undefined => {
    const date = readDate(model);
    return date === undefined ? releases.get(createKey(model)) : { date, isFromTokenlens: false };
  };
  return {
    find: (model) => find(model)?.date,
    isFromTokenlens: (model) => find(model)?.isFromTokenlens ?? false,
  };
}

function createKey(model: string): string {
  const { name, snapshot } = canonicaliseModelName(model);
  return snapshot === undefined ? name : `${name}@${snapshot}`;
}

/** The date in a name, where it says year, month and day. */
function readDate(model: string): string | undefined {
  const { snapshot = '' } = canonicaliseModelName(model);
  const date = snapshot.replace(/^(\d{4})(\d\d)(\d\d)$/, '$1-$2-$3');
  return datePattern.test(date) && !date.endsWith('-00') ? date : undefined;
}
