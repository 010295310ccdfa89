import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { countTokens, tokenise } from '../../../src/providers/sandbox/tokenise.ts';

describe('tokenise', () => {
  it.each([
    ['', []],
    ['Hello, world!', ['Hello', ',', ' world', '!']],
    ['internationalisation', ['internat', 'ionalisa', 'tion']],
    ['a  b', ['a', '  ', 'b']],
    ['end ', ['end', ' ']],
    ['line\nbreak', ['line', '\n', 'break']],
    ['a😀😀😀😀😀😀😀😀', ['a😀😀😀😀😀😀😀', '😀']],
    ['über die Brücke', ['über', ' die', ' Brücke']],
    ['{"a":1}', ['{', '"', 'a', '"', ':', '1', '}']],
  ])('cuts %j', (text, tokens) => {
    expect(Array.from(tokenise(text))).toEqual(tokens);
  });

  it('loses nothing, cuts no surrogate pair, and counts what it cuts', () => {
    fc.assert(
      fc.property(
        fc.string({ unit: fc.oneof(fc.string({ unit: 'binary', maxLength: 1 }), fc.constant('  ')) }),
        (text) => {
          const tokens = Array.from(tokenise(text));
          expect(tokens.join('')).toBe(text);
          expect(tokens).toHaveLength(countTokens(text));
          expect(tokens.every((token) => token.isWellFormed())).toBe(true);
        },
      ),
    );
  });

  it('takes lone surrogates as they are', () => {
    expect(Array.from(tokenise('\ud800a\udc00')).join('')).toBe('\ud800a\udc00');
  });

  it('cuts runs of any length', () => {
    expect(countTokens('a'.repeat(1_000_000))).toBe(125_000);
    expect(countTokens(' '.repeat(1_000_000))).toBe(500_000);
  });
});
