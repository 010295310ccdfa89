/** A first-token timeout, or why a text is none: the end of a sentence, without a full stop. */
export type ParsedFirstTokenTimeout = { readonly timeoutMs: number } | { readonly problem: string };

const durationPattern = /^(\d{1,9}(?:\.\d{1,9})?)(ms|s)$/;

/** The shortest that may be asked for: below it, healthy models would be given up. */
const minTimeoutMs = 300;

/** Past this a longer one makes no difference: calls may not take as long (calls.timeout_ms), and timers hold 31 bits. */
const maxTimeoutMs = 86_400_000;

/**
 * Parses how long an attempt may take to its first token: a duration such as `300ms`, `1s` or `1.5s`, at least 300 ms. More than a day
 * becomes a day.
 */
export function parseFirstTokenTimeoutMs(text: string): ParsedFirstTokenTimeout {
  const [, amount, unit] = durationPattern.exec(text) ?? [];
  if (amount === undefined) return { problem: 'it must be a duration such as 300ms, 1s or 1.5s' };
  const timeoutMs = Number(amount) * (unit === 's' ? 1000 : 1);
  if (timeoutMs < minTimeoutMs) return { problem: `it must be at least ${minTimeoutMs}ms` };
  return { timeoutMs: Math.min(timeoutMs, maxTimeoutMs) };
}
