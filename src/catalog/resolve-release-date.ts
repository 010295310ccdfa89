import type { CatalogModel } from './catalog-model.ts';

/** Before this there were no models that answer in chats. */
const firstYear = 2022;
/** A date may be told some months ahead, not more. */
const maxAheadMs = 366 * 24 * 3600 * 1000;

/**
 * Finds out when a version of a model came out: as its row says, or by the date in its snapshot or its name if that is later. What a row says
 * is often the date of the first version.
 *
 * @param atMs - now, in Unix milliseconds: what would be far in the future is no date.
 * @returns Unix time in milliseconds. `undefined`: nothing tells. A month and a day without a year do not.
 */
export function resolveReleaseDate({ releaseDate, snapshot, model }: CatalogModel, atMs: number): number | undefined {
  const said = parseDate(/^(\d{4})-(\d{2})(?:-(\d{2}))?$/, releaseDate, atMs);
  const named =
    parseDate(/^(\d{4})(\d{2})(\d{2})$/, snapshot, atMs) ??
    // gpt-4o-2024-08-06, claude-sonnet-4-20250514, claude-opus-4@20250514
    parseDate(/(?<!\d)(20\d{2})[-_.]?([01]\d)[-_.]?([0-3]\d)(?!\d)/, model, atMs) ??
    // mistral-large-2411. No month has the number 24: it is not a month and a day.
    parseDate(/(?<!\d)(2\d)([01]\d)(?!\d)()/, model, atMs);
  return said === undefined || named === undefined ? (said ?? named) : Math.max(said, named);
}

/** The first match of year, month and day. A day that is missing or 00 is the first of the month; two digits of a year are of this century. */
function parseDate(pattern: RegExp, text: string | undefined, atMs: number): number | undefined {
  const [, years, months, days] = (text === undefined ? undefined : pattern.exec(text)) ?? [];
  if (years === undefined || months === undefined) return undefined;
  const year = Number(years) + (years.length === 2 ? 2000 : 0);
  const [month, day] = [Number(months), Number(days ?? 0) || 1];
  const time = Date.UTC(year, month - 1, day);
  const isReal = month >= 1 && month <= 12 && new Date(time).getUTCDate() === day;
  return isReal && year >= firstYear && time <= atMs + maxAheadMs ? time : undefined;
}
