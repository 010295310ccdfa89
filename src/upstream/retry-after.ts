import { headerValue, type ResponseHeaders } from './response-headers.ts';

/** No upstream is believed to want more than a day, in milliseconds. */
const maxRetryAfterMs = 24 * 60 * 60 * 1000;

const decimal = /^[+-]?\d+(?:\.\d+)?$/;

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
  return waitMs === undefined ? undefined : Math.min(Math.max(Math.ceil(waitMs), 0), maxRetryAfterMs);
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
