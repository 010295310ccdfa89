import { headerValue, type ResponseHeaders } from './response-headers.ts';

/** No upstream is believed to want more than a day, in milliseconds. */
const maxRetryAfterMs = 24 * 60 * 60 * 1000;

const decimal = /^[+-]?\d+(?:\.\d+)?$/;

const anyDuration = /^(?:\d+(?:\.\d+)?(?:ms|d|h|m|s))+$/;
const durationUnitsMs: ReadonlyMap<string | undefined, number> = new Map([
  ['ms', 1],
  ['s', 1000],
  ['m', 60_000],
  ['h', 3_600_000],
  ['d', 86_400_000],
]);

const months = ['Jan', 'Feb', 'Mar', 'Apr', 'May', 'Jun', 'Jul', 'Aug', 'Sep', 'Oct', 'Nov', 'Dec'];

// The three forms of a date that a recipient must read (RFC 9110 §5.6.7): the preferred one, RFC 850's and asctime's.
const dateForms = [
  /^[A-Z][a-z]{2}, (?<day>\d{2}) (?<month>[A-Z][a-z]{2}) (?<year>\d{4}) (?<time>\d{2}:\d{2}:\d{2}) GMT$/,
  /^[A-Z][a-z]{5,8}, (?<day>\d{2})-(?<month>[A-Z][a-z]{2})-(?<year>\d{2}) (?<time>\d{2}:\d{2}:\d{2}) GMT$/,
  /^[A-Z][a-z]{2} (?<month>[A-Z][a-z]{2}) (?<day>[ \d]\d) (?<time>\d{2}:\d{2}:\d{2}) (?<year>\d{4})$/,
];

/**
 * Reads how long an upstream asks to wait: `retry-after-ms` (of OpenAI and Azure), else `retry-after` in seconds, with decimals
 * as some send them, or as a date (RFC 9110 §10.2.3).
 *
 * @param nowMs - Unix time, which a date is compared with.
 * @returns milliseconds from 0 to a day. `undefined`: it does not say, or not in a way that can be read.
 */
export function parseRetryAfterMs(headers: ResponseHeaders, nowMs: number): number | undefined {
  const retryAfter = headerValue(headers, 'retry-after')?.trim();
  const waitMs =
    parseDecimal(headerValue(headers, 'retry-after-ms')?.trim(), 1) ??
    parseDecimal(retryAfter, 1000) ??
    parseDate(retryAfter, nowMs);
  return waitMs === undefined ? undefined : boundWaitMs(waitMs);
}

/**
 * Reads how long it takes until a rate limit is as it was, by the headers of OpenAI, which others have too
 * (platform.openai.com/docs/guides/rate-limits#rate-limits-in-headers): `x-ratelimit-reset-requests` and `-tokens`, such as `6s`, `7.66s` and
 * `1m30s`; Azure sends bare seconds. For answers that have no `retry-after`.
 *
 * @returns milliseconds from 0 to a day: the longest wait for what is used up, else that for tokens, of which a request can need more than
 * are left, else that for requests. `undefined`: it does not say, or not in a way that can be read.
 */
export function parseRateLimitResetMs(headers: ResponseHeaders): number | undefined {
  const [tokens, requests] = ['tokens', 'requests'].map((limit) => ({
    waitMs: parseDuration(headerValue(headers, `x-ratelimit-reset-${limit}`)?.trim()),
    isUsedUp: headerValue(headers, `x-ratelimit-remaining-${limit}`)?.trim() === '0',
  }));
  const usedUp = [tokens, requests].flatMap((limit) => (limit?.isUsedUp === true ? (limit.waitMs ?? []) : []));
  const waitMs = usedUp.length > 0 ? Math.max(...usedUp) : (tokens?.waitMs ?? requests?.waitMs);
  return waitMs === undefined ? undefined : boundWaitMs(waitMs);
}

/** @param waitMs - what an upstream asks for. */
export function boundWaitMs(waitMs: number): number {
  return Math.min(Math.max(Math.ceil(waitMs), 0), maxRetryAfterMs);
}

function parseDuration(value: string | undefined): number | undefined {
  if (value === undefined || !anyDuration.test(value)) return parseDecimal(value, 1000);
  const parts = value.matchAll(/([\d.]+)([a-z]+)/g);
  let sumMs = 0;
  for (const [, number, unit] of parts) sumMs += Number(number) * (durationUnitsMs.get(unit) ?? 0);
  return sumMs;
}

function parseDecimal(value: string | undefined, unitMs: number): number | undefined {
  return value !== undefined && decimal.test(value) ? Number(value) * unitMs : undefined;
}

/** How far a date lies ahead. Date.parse alone would not do: it reads years out of any text. */
function parseDate(value: string | undefined, nowMs: number): number | undefined {
  if (value === undefined) return undefined;
  for (const form of dateForms) {
    const { day, month, year, time } = form.exec(value)?.groups ?? {};
    if (day === undefined || month === undefined || year === undefined || time === undefined) continue;
    const monthNumber = String(months.indexOf(month) + 1).padStart(2, '0');
    const dateMs = Date.parse(`${resolveYear(year, nowMs)}-${monthNumber}-${day.replace(' ', '0')}T${time}Z`);
    return Number.isNaN(dateMs) ? undefined : dateMs - nowMs;
  }
  return undefined;
}

/** A year of two digits that would be more than 50 years ahead is the latest past one that ends so (RFC 9110 §5.6.7). */
function resolveYear(year: string, nowMs: number): string {
  if (year.length === 4) return year;
  const thisYear = new Date(nowMs).getUTCFullYear();
  const sameCentury = thisYear - (thisYear % 100) + Number(year);
  return String(sameCentury > thisYear + 50 ? sameCentury - 100 : sameCentury);
}
