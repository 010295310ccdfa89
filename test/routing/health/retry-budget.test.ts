import { expect, test } from 'vitest';
import { RetryBudget } from '../../../src/routing/health/retry-budget.ts';
import { createManualClock } from '../../wire/one-port-harness.ts';

test('a long idle time fills the bucket and no more: what fails after it counts', () => {
  const clock = createManualClock();
  const budget = new RetryBudget(clock, { maxTokens: 40, tokensPerAnswer: 0.2, tokensPerSecond: 0.2 });
  clock.advance(365 * 86_400_000);
  for (let failure = 0; failure < 19; failure += 1) budget.noteFailure();
  expect(budget.allowsRetry).toBe(true);
  budget.noteFailure();
  expect(budget.allowsRetry).toBe(false);
});
