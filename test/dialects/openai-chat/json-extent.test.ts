import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { JsonExtent } from '../../../src/dialects/openai-chat/json-extent.ts';

describe('JsonExtent', () => {
  it('is closed at the last character of an object, and not before', () => {
    fc.assert(
      fc.property(fc.dictionary(fc.string(), fc.jsonValue()), (value) => {
        const text = JSON.stringify(value);
        const extent = new JsonExtent();
        for (const char of text.slice(0, -1)) {
          extent.push(char);
          expect(extent.isClosed).toBe(false);
        }
        extent.push(text.slice(-1));
        expect(extent.isClosed).toBe(true);
      }),
    );
  });

  it.each(['', ' ', '"{}"', '1', 'null', '{"a":"}', '{"a":"\\"}', '[{}'])('is not closed after %j', (text) => {
    const extent = new JsonExtent();
    extent.push(text);
    expect(extent.isClosed).toBe(false);
  });
});
