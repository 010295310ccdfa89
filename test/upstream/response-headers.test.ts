import { describe, expect, it } from 'vitest';
import { headerValue } from '../../src/upstream/response-headers.ts';

describe('headerValue', () => {
  it('gives the value', () => {
    expect(headerValue({ 'x-request-id': 'abc' }, 'x-request-id')).toBe('abc');
  });

  it('gives the first of several', () => {
    expect(headerValue({ 'retry-after': ['1', '2'] }, 'retry-after')).toBe('1');
  });

  it('knows no header that did not come, not even one that every object has', () => {
    expect(headerValue({}, 'x-request-id')).toBeUndefined();
    expect(headerValue({}, 'constructor')).toBeUndefined();
  });
});
