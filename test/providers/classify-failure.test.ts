import { describe, expect, it } from 'vitest';
import { SignalboxError } from '../../src/core/errors.ts';
import { classifyFailure } from '../../src/providers/classify-failure.ts';
import { UpstreamFailure } from '../../src/upstream/upstream-failure.ts';

describe('classifyFailure', () => {
  it.each([
    ['unreachable', 'PROVIDER_UNREACHABLE'],
    ['headers-timeout', 'PROVIDER_TIMEOUT'],
    ['idle-timeout', 'PROVIDER_TIMEOUT'],
    ['cut', 'PROVIDER_CUT'],
    ['aborted', 'PROVIDER_CUT'],
    ['too-large', 'PROVIDER_UNUSABLE'],
    ['protocol', 'PROVIDER_UNUSABLE'],
  ] as const)('takes %s for %s, and lets the next candidate try', (kind, reason) => {
    const failure = new UpstreamFailure(kind, 'it went so');
    const error = classifyFailure('acme', failure);
    if (!(error instanceof SignalboxError)) throw new Error('it is not registered');
    expect(error.reason).toBe(reason);
    expect(error.message).toMatch(/^acme .*it went so\.$/);
    expect(error.details.cause).toBe(failure);
    expect(error.entry.retry).toBe('same');
  });

  it('takes the end of the stack for an answer that is nested too deep', () => {
    const dig = (): number => dig() + 1;
    const thrown = (() => {
      try {
        return dig();
      } catch (error) {
        return error;
      }
    })();
    expect(classifyFailure('acme', thrown)).toMatchObject({ reason: 'PROVIDER_UNUSABLE', details: { cause: thrown } });
  });

  it('gives back what is not of the network', () => {
    const mistake = new TypeError('a mistake of ours');
    expect(classifyFailure('acme', mistake)).toBe(mistake);
  });
});
