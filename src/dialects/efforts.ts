/**
 * What an effort means to models that take none, in tokens of reasoning. Documented in docs/providers.md. Providers with numbers of their
 * own keep to those.
 */
export const budgetOfEffort: ReadonlyMap<string, number> = new Map([
  ['minimal', 1024],
  ['low', 2048],
  ['medium', 8192],
  ['high', 16_384],
  ['xhigh', 32_768],
]);

/**
 * The effort of a model's own that is nearest to what a request asks for.
 *
 * @param known - those that the model takes, from the lowest.
 * @returns `undefined` when it has none such.
 */
export function chooseEffort<Effort extends string>(effort: string, known: readonly Effort[]): Effort | undefined {
  if (effort === 'minimal') return known[0];
  // The next one up: `xhigh` is for work that `high` does not do.
  if (effort === 'xhigh') return known.find((one) => one === 'xhigh' || one === 'max') ?? known.at(-1);
  return known.find((one) => one === effort);
}
