import { expect, test } from 'vitest';
import { createError, type SignalboxError } from '../../src/core/errors.ts';
import type { FailedAttempt } from '../../src/routing/run-attempt.ts';
import { summariseFailures } from '../../src/routing/summarise-failures.ts';
import { createAttempt } from '../telemetry/records.ts';

function fail(model: string, error: SignalboxError): FailedAttempt {
  return { error, record: createAttempt({ model, errorReason: error.reason }) };
}

const outage = createError('PROVIDER_FAILED', { provider: 'a', status: 500, problem: 'down.' });

test('a model that failed in the same way again is told of once', () => {
  const other = createError('PROVIDER_CUT', { provider: 'a', problem: 'gone' });
  const { message } = summariseFailures([fail('a/x', outage), fail('a/x', outage), fail('a/x', other)]);
  expect(message).toBe(
    'No model gave an answer. a/x: a failed with HTTP 500: down. (2 times) a/x: a broke off before the answer was complete: gone.',
  );
});

test('of many models the first are told of', () => {
  const failures = Array.from({ length: 14 }, (_, index) => fail(`a/${index}`, outage));
  expect(summariseFailures([...failures, ...failures]).message).toMatch(/a\/9: [^/]* \(2 times\) And 4 more\.$/);
});
