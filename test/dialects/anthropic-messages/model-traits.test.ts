import { describe, expect, it } from 'vitest';
import { traitsOf } from '../../../src/dialects/anthropic-messages/model-traits.ts';

describe('traitsOf', () => {
  it.each([
    ['claude-3-haiku-20240307', 'none', 'omit', 4096],
    ['claude-3-5-sonnet-latest', 'none', 'omit', 8192],
    ['claude-3.7-sonnet', 'budget', 'omit', 64_000],
    ['claude-sonnet-4-0', 'budget', 'omit', 64_000],
    ['claude-opus-4-20250514', 'budget', 'omit', 32_000],
    ['claude-opus-4-1@20250805', 'budget', 'omit', 32_000],
    ['us.anthropic.claude-opus-4-6-v1', 'budget-or-adaptive', 'omit', 128_000],
    ['anthropic/claude-sonnet-4.6', 'budget-or-adaptive', 'omit', 128_000],
    ['claude-opus-4-7', 'adaptive', 'omit', 128_000],
    ['claude-mythos-preview', 'adaptive', 'never', 128_000],
    ['claude-fable-5', 'adaptive', 'never', 128_000],
    ['claude-opus-5', 'adaptive', 'disabled', 128_000],
    ['claude-haiku-5-5', 'adaptive', 'disabled', 128_000],
    ['claude-sonnet-5-5', 'adaptive', 'between_tools', 128_000],
    ['claude-opus-6', 'adaptive', 'never', 128_000],
    ['gpt-5', 'budget', 'omit', undefined],
  ])('%s thinks by %s, is turned off by %s, and gives %s tokens', (model, thinking, thinkingOff, maxOutputTokens) => {
    expect(traitsOf(model)).toMatchObject({ thinking, thinkingOff, maxOutputTokens });
  });

  it.each([
    ['claude-sonnet-4', 'any', true, false, false],
    ['claude-opus-4-1', 'one-of-two', true, true, false],
    ['claude-sonnet-4-5-20250929', 'one-of-two', true, true, false],
    ['claude-opus-4-8', 'none', true, true, true],
    ['claude-sonnet-5', 'none', true, true, false],
    ['claude-fable-5-1', 'none', false, true, true],
    ['claude-haiku-5-5', 'none', true, true, true],
    ['claude-opus-5-5', 'none', false, true, true],
  ])('%s samples %s; forced tools %s, schemas %s, system turns %s', (model, ...expected) => {
    const { sampling, takesForcedTools, takesSchemas, takesSystemTurns } = traitsOf(model);
    expect([sampling, takesForcedTools, takesSchemas, takesSystemTurns]).toEqual(expected);
  });

  it.each([
    ['claude-3-haiku-20240307', true],
    ['claude-opus-4-5-20251101', true],
    ['claude-sonnet-4-6', false],
    ['claude-opus-5-5', false],
    ['gpt-5', false],
  ])('%s goes on from its own turn: %s', (model, takesPrefill) => {
    expect(traitsOf(model).takesPrefill).toBe(takesPrefill);
  });
});
