import fc from 'fast-check';
import type { ScriptedAnswer } from '../contract/provider-wire.ts';

const text = fc.oneof(
  fc.string({ unit: 'grapheme', minLength: 1, maxLength: 12 }),
  fc.constantFrom('\n', '\u0000', '\u2028', 'data: x\n\n', '{"a":', '[DONE]', '```', '<think>', '</think>'),
);
const pieces = fc.array(text, { minLength: 1, maxLength: 4 });
const toolCall = fc.record({
  id: fc.stringMatching(/^call_[a-z0-9]{1,6}$/),
  name: fc.constantFrom('get_weather', 'search', 'now', 'answer'),
  arguments: fc.constantFrom(['{}'], ['{"a":', '1}'], ['{"', 'q":"x', '"}']),
});
const usage = fc.record({
  prompt: fc.nat(100_000),
  completion: fc.nat(10_000),
  total: fc.nat(110_000),
  cached: fc.nat(100),
  reasoning: fc.nat(100),
});
const choice = fc.record(
  {
    reasoning: pieces,
    content: pieces,
    toolCalls: fc.array(toolCall, { minLength: 1, maxLength: 2 }),
    images: fc.constant(['data:image/png;base64,iVBORw0KGgo=']),
    finishReason: fc.constantFrom('stop', 'length', 'tool_calls', 'content_filter'),
  },
  { requiredKeys: ['finishReason'] },
);

/** What a provider may answer, in any of the wire formats. */
export const generatedAnswer: fc.Arbitrary<ScriptedAnswer> = fc.oneof(
  choice.map((one) => ({ choice: one })),
  fc.record({ choice, usage }),
);
