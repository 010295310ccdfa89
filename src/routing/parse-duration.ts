const durationPattern = /^(\d{1,9}(?:\.\d{1,9})?)(ms|s)$/;

/**
 * Parses a duration such as `300ms`, `1s` or `1.5s` to milliseconds. `undefined` when the text is none.
 */
export function parseDurationMs(text: string): number | undefined {
  const [, amount, unit] = durationPattern.exec(text) ?? [];
  if (amount === undefined) return undefined;
  return Number(amount) * (unit === 's' ? 1000 : 1);
}
