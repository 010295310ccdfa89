/**
 * The index is set so that Claude 3.5 Sonnet (June 2024) has 130 and GPT-5 (August 2025) has 150; it has no upper end. 50 is half-way
 * between the two.
 */
const middle = 140;

/** How many points of the index make the odds e times as high. The two models that set the index get 34 and 66. */
const spread = 15;

/**
 * Makes a score from 0 to 100 of the Epoch Capabilities Index: 100 / (1 + e^((140 - index) / 15)). That is the form of the model that the
 * index comes from, in which a capability is what solves such a share of tasks that are as hard as 140. It never reaches its ends, so that of two
 * models the better one has the higher score, also among models that nobody has made yet.
 *
 * @returns rounded to two digits.
 */
export function scaleIndex(index: number): number {
  return Math.round(10_000 / (1 + Math.exp((middle - index) / spread))) / 100;
}
