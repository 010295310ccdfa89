import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { parseRateLimitResetMs, parseRetryAfterMs } from '../../src/upstream/retry-after.ts';

const nowMs = Date.UTC(2026, 10, 22, 12, 0, 0);
const dayMs = 86_400_000;

function retryAfter(value: string): number | undefined {
  return parseRetryAfterMs({ 'retry-after': value }, nowMs);
}

describe('parseRetryAfterMs', () => {
  it.each([
    ['0', 0],
    ['7', 7000],
    [' 7 ', 7000],
    ['1.5', 1500],
    ['0.0001', 1],
    ['-3', 0],
    ['86400', dayMs],
    ['99999999999999999999999', dayMs],
  ])('reads %j as seconds', (value, expected) => {
    expect(retryAfter(value)).toBe(expected);
  });

  it.each([
    ['Sun, 22 Nov 2026 12:00:30 GMT', 30_000],
    ['Sunday, 22-Nov-26 12:00:30 GMT', 30_000],
    ['Sun Nov 22 12:00:30 2026', 30_000],
    ['Tue Dec  1 00:00:00 2026', dayMs],
    ['Sun, 22 Nov 2026 11:00:00 GMT', 0],
    ['Sunday, 06-Nov-94 08:49:37 GMT', 0],
    ['Thursday, 01-Jan-76 00:00:00 GMT', dayMs],
    ['Saturday, 01-Jan-77 00:00:00 GMT', 0],
  ])('reads the date %j', (value, expected) => {
    expect(retryAfter(value)).toBe(expected);
  });

  it.each([
    '',
    'soon',
    'later 5',
    '5 seconds',
    '1e3',
    'Infinity',
    'NaN',
    '0x10',
    '2026-11-22T12:00:30Z',
    'Sun, 22 Foo 2026 12:00:30 GMT',
    'Sun, 22 Nov 2026 25:00:30 GMT',
    'Sun, 22 Nov 2026 12:00:30 CET',
  ])('makes nothing of %j', (value) => {
    expect(retryAfter(value)).toBeUndefined();
  });

  it('prefers milliseconds, and goes on to seconds where they are nonsense', () => {
    expect(parseRetryAfterMs({ 'retry-after-ms': '250.2', 'retry-after': '7' }, nowMs)).toBe(251);
    expect(parseRetryAfterMs({ 'retry-after-ms': 'soon', 'retry-after': '7' }, nowMs)).toBe(7000);
  });

  it('says nothing without a header', () => {
    expect(parseRetryAfterMs({}, nowMs)).toBeUndefined();
  });

  it('gives whole milliseconds within a day, or nothing, for any text', () => {
    fc.assert(
      fc.property(fc.string(), fc.string(), (seconds, milliseconds) => {
        const waitMs = parseRetryAfterMs({ 'retry-after': seconds, 'retry-after-ms': milliseconds }, nowMs);
        if (waitMs === undefined) return;
        expect(Number.isInteger(waitMs)).toBe(true);
        expect(waitMs).toBeGreaterThanOrEqual(0);
        expect(waitMs).toBeLessThanOrEqual(dayMs);
      }),
    );
  });
});

describe('parseRateLimitResetMs', () => {
  const reset = (tokens: string | undefined, requests?: string, more = {}): number | undefined =>
    parseRateLimitResetMs({
      ...(tokens !== undefined && { 'x-ratelimit-reset-tokens': tokens }),
      ...(requests !== undefined && { 'x-ratelimit-reset-requests': requests }),
      ...more,
    });

  it.each([
    ['6s', 6000],
    ['7.66s', 7660],
    ['1m30s', 90_000],
    ['6m0s', 360_000],
    ['172ms', 172],
    ['1h2m3s', 3_723_000],
    ['2d', dayMs],
    ['10', 10_000],
    ['soon', undefined],
    ['', undefined],
    ['1m30', undefined],
    ['-6s', undefined],
  ])('reads %j', (value, expected) => {
    expect(reset(value)).toBe(expected);
  });

  it('takes the limit that is used up, else that of tokens', () => {
    expect(reset('6s', '1h')).toBe(6000);
    expect(reset(undefined, '1h')).toBe(3_600_000);
    expect(reset('6s', '1h', { 'x-ratelimit-remaining-requests': '0' })).toBe(3_600_000);
    expect(reset('6s', '1s', { 'x-ratelimit-remaining-requests': '0', 'x-ratelimit-remaining-tokens': '0' })).toBe(
      6000,
    );
    expect(reset(undefined)).toBeUndefined();
  });

  it('reads any text in no time, to a bounded wait', () => {
    fc.assert(
      fc.property(fc.string(), (value) => {
        const waitMs = reset(value) ?? 0;
        expect(waitMs >= 0 && waitMs <= dayMs).toBe(true);
      }),
    );
    expect(reset(`${'9m'.repeat(50_000)}!`)).toBeUndefined();
  });
});
