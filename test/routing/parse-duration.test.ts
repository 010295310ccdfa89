import fc from 'fast-check';
import { expect, test } from 'vitest';
import { parseDurationMs } from '../../src/routing/parse-duration.ts';

test.each([
  ['300ms', 300],
  ['1s', 1000],
  ['1.5s', 1500],
  ['0.3s', 300],
  ['299.5ms', 299.5],
  ['0s', 0],
  ['007s', 7000],
])('%j is %d ms', (text, durationMs) => {
  expect(parseDurationMs(text)).toBeCloseTo(durationMs, 9);
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
  '1S',
  '1m',
  '1h',
  '1s2ms',
  'NaNs',
  '٣s',
  '1234567890s',
])('%j is none', (text) => {
  expect(parseDurationMs(text)).toBeUndefined();
});

test('whatever the text, the result is a number of milliseconds or nothing', () => {
  fc.assert(
    fc.property(fc.oneof(fc.string(), fc.stringMatching(/^[0-9.]{1,20}(ms|s)$/)), (text) => {
      const durationMs = parseDurationMs(text);
      expect(durationMs === undefined || (Number.isFinite(durationMs) && durationMs >= 0)).toBe(true);
    }),
  );
});
