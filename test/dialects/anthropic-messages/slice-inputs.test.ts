import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { JsonValue } from '../../../src/core/json.ts';
import { sliceInputs } from '../../../src/dialects/anthropic-messages/slice-inputs.ts';

describe('sliceInputs', () => {
  it('gives arguments as they were written', () => {
    const input = '{ "id": 12345678901234567890, "x": 1.0, "s": "}]\\",{" , "content": [{"input": 1}] }';
    const text = `{"input":{"a":1},"content":[{"type":"text","text":"\\"input\\":2"},{"input":${input},"type":"tool_use"}],"usage":{"input":3}}`;
    expect([...sliceInputs(text)]).toEqual([[1, input]]);
  });

  it('finds every one, whatever stands around it', () => {
    const block = fc.oneof(
      fc.record({ input: fc.jsonValue(), name: fc.string() }),
      fc.record({ text: fc.jsonValue(), other: fc.jsonValue() }),
      fc.jsonValue({ maxDepth: 1 }).filter((value) => typeof value !== 'object'),
    );
    const reply = fc.record({ before: fc.jsonValue(), content: fc.array(block), after: fc.jsonValue() });
    fc.assert(
      fc.property(reply, fc.constantFrom(undefined, 2), (json, indent) => {
        const text = JSON.stringify(json, undefined, indent);
        const parsed: { content: JsonValue[] } = JSON.parse(text);
        const expected = parsed.content.flatMap((one, index) =>
          one !== null && typeof one === 'object' && 'input' in one ? [[index, one['input']]] : [],
        );
        expect([...sliceInputs(text)].map(([index, input]) => [index, JSON.parse(input)])).toEqual(expected);
      }),
      { numRuns: 300 },
    );
  });

  it('takes any text without an end', () => {
    fc.assert(
      fc.property(fc.string({ unit: fc.constantFrom(...'{}[]",:\\ainput') }), (text) => void sliceInputs(text)),
    );
  });
});
