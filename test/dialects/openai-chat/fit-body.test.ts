import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { isJsonObject, type JsonObject, type JsonValue } from '../../../src/core/json.ts';
import { fitBody } from '../../../src/dialects/openai-chat/fit-body.ts';
import type { OpenAiChatQuirks } from '../../../src/dialects/openai-chat/quirks.ts';
import { isOpenAiChatKind } from '../../../src/providers/openai-chat-kind.ts';
import { providerKinds } from '../../../src/providers/registry.ts';

const plain: OpenAiChatQuirks = {
  tokenLimitField: 'as-sent',
  asksForStreamUsage: true,
  sendsCacheControl: true,
  reasoningField: 'reasoning_content',
};

function fitted(body: JsonObject, quirks: Partial<OpenAiChatQuirks>): { body: JsonObject; warnings: string[] } {
  const target = structuredClone(body);
  return { warnings: fitBody(target, { ...plain, ...quirks }), body: target };
}

describe('fitBody', () => {
  it('leaves alone what nothing is known against', () => {
    const body = { model: 'm', messages: [{ role: 'developer', content: 'Hi', name: 'a' }], seed: 1, new_field: 2 };
    expect(fitted(body, {})).toEqual({ body, warnings: [] });
  });

  it('leaves out fields wherever their path leads, and names each once', () => {
    const body = {
      messages: [{ name: 'a' }, { name: 'b' }, 'text'],
      tools: [{ function: { strict: true, name: 'f' } }],
    };
    expect(fitted(body, { leavesOut: ['messages.name', 'tools.function.strict', 'seed'] })).toEqual({
      body: { messages: [{}, {}, 'text'], tools: [{ function: { name: 'f' } }] },
      warnings: [
        'messages.name was left out: the provider does not take it.',
        'tools.function.strict was left out: the provider does not take it.',
      ],
    });
  });

  it.each([
    [undefined, {}, 1],
    ['repetition_penalty', { repetition_penalty: 1.1 }, 0],
    ['repeat_penalty', { repeat_penalty: 1.1 }, 0],
  ] as const)('sends the penalty on repetition as %s', (repetitionPenaltyField, expected, warned) => {
    const quirks = repetitionPenaltyField === undefined ? {} : { repetitionPenaltyField };
    const { body, warnings } = fitted({ repetition_penalty: 1.1 }, quirks);
    expect(body).toEqual(expected);
    expect(warnings).toHaveLength(warned);
  });

  it.each([
    [0.7, 0.7, 0],
    [1, 1, 0],
    [1.8, 1, 1],
  ])('sends the temperature %d as %d where 1 is the highest', (temperature, sent, warned) => {
    const { body, warnings } = fitted({ temperature }, { maxTemperature: 1 });
    expect(body).toEqual({ temperature: sent });
    expect(warnings).toHaveLength(warned);
  });

  it('does not write over what the client says in the provider’s own words', () => {
    const { body } = fitted({ seed: 1, random_seed: 2 }, { seedField: 'random_seed' });
    expect(body).toEqual({ random_seed: 2 });
  });

  it('names fields of the client no longer than anyone reads', () => {
    const { warnings } = fitted({ ['x'.repeat(5000)]: 1 }, { takesOnly: { body: [], messages: [] } });
    expect(warnings[0]?.length).toBeLessThan(200);
  });

  it('can be done again, for every provider, and changes nothing more', () => {
    const kinds = providerKinds.filter(isOpenAiChatKind);
    const fields = ['seed', 'tool_choice', 'tools', 'repetition_penalty', 'response_format', 'messages', 'n', 'stop'];
    const json = fc.dictionary(fc.constantFrom(...fields), fc.jsonValue({ maxDepth: 3 }));
    fc.assert(
      fc.property(fc.constantFrom(...kinds), json, ({ quirks }, value) => {
        const body: JsonValue = JSON.parse(JSON.stringify(value));
        if (!isJsonObject(body)) return;
        try {
          fitBody(body, quirks);
        } catch (thrown) {
          expect(thrown).toMatchObject({ reason: 'REQUEST_UNSUPPORTED' });
          return;
        }
        const once = structuredClone(body);
        expect(fitBody(body, quirks)).toEqual([]);
        expect(body).toEqual(once);
      }),
    );
  });
});
