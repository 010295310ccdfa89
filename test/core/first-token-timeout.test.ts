import fc from 'fast-check';
import { expect, test } from 'vitest';
import { parseFirstTokenTimeoutMs } from '../../src/core/first-token-timeout.ts';

test.each([
  ['300ms', 300],
  ['1s', 1000],
  ['1.5s', 1500],
  ['0.3s', 300],
  ['300.5ms', 300.5],
  ['007s', 7000],
  ['86400s', 86_400_000],
  ['86401s', 86_400_000],
  ['999999999s', 86_400_000],
])('%j is %d ms', (text, expectedMs) => {
  const parsed = parseFirstTokenTimeoutMs(text);
  expect('timeoutMs' in parsed ? parsed.timeoutMs : parsed.problem).toBeCloseTo(expectedMs, 9);
});

test.each(['299ms', '299.999ms', '0s', '0.299s', '0.0ms'])('%j is too short', (text) => {
  expect(parseFirstTokenTimeoutMs(text)).toEqual({ problem: 'it must be at least 300ms' });
});

test.each([
  '',
  'ms',
  '300',
  '1.s',
  '.5s',
  '1,5s',
  '-1s',
  '+1s',
  '1e3ms',
  ' 1s',
  '1s ',
  '1 s',
  '1s\n',
  '1S',
  '1m',
  '1h',
  '1s2ms',
  'NaNs',
  '٣s',
  '1234567890s',
])('%j is no duration', (text) => {
  expect(parseFirstTokenTimeoutMs(text)).toEqual({ problem: 'it must be a duration such as 300ms, 1s or 1.5s' });
});

test('whatever the text, the result is within the bounds or a problem', () => {
  fc.assert(
    fc.property(fc.oneof(fc.string(), fc.stringMatching(/^[0-9.]{1,20}(ms|s)$/)), (text) => {
      const parsed = parseFirstTokenTimeoutMs(text);
      expect('problem' in parsed || (parsed.timeoutMs >= 300 && parsed.timeoutMs <= 86_400_000)).toBe(true);
    }),
  );
});
