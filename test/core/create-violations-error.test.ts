import { expect, test } from 'vitest';
import { createViolationsError } from '../../src/core/create-violations-error.ts';

const first = { field: 'routes[0].variants', description: 'their weights must sum to 100, not 90' };
const second = { field: 'name', description: 'it is missing' };

test.each([
  [[first], 'The field routes[0].variants is invalid: their weights must sum to 100, not 90.'],
  [
    [first, second],
    'The field routes[0].variants is invalid: their weights must sum to 100, not 90, and 1 more problem.',
  ],
  [[second, first, first], 'The field name is invalid: it is missing, and 2 more problems.'],
] as const)('one error tells of all violations: %#', ([head, ...others], message) => {
  const error = createViolationsError(head, ...others);
  expect(error).toMatchObject({ reason: 'INVALID_FIELD', message });
  expect(error.details).toMatchObject({ param: head.field, violations: [head, ...others] });
});

test('a violation of the whole has no field to name', () => {
  const error = createViolationsError({ field: '', description: 'it is empty' }, second);
  expect(error).toMatchObject({
    reason: 'INVALID_REQUEST',
    message: 'The request is invalid: it is empty, and 1 more problem.',
  });
  expect(error.details.param).toBeUndefined();
});
