import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { isJsonObject, type JsonObject, type JsonValue } from '../../../src/core/json.ts';
import { decodeReply } from '../../../src/dialects/cohere-v2/decode-reply.ts';
import { toPlainAnswer } from '../../support/plain-answer.ts';
import { encode, functionTool } from './encode.ts';

const said = fc.string({ unit: 'grapheme', minLength: 1, maxLength: 20 });
const toolName = fc.constantFrom('search', 'get-weather', 'get_weather', '2nd.tool', 'größe');
const args = fc.oneof(
  fc.constant('{}'),
  fc.json({ maxDepth: 2 }).map((value) => ` { "value": ${value} } `),
);

interface Turn {
  readonly question: string;
  readonly content: string | null;
  readonly reasoning: string;
  readonly calls: readonly { readonly name: string; readonly args: string; readonly result: string }[];
}

const turn: fc.Arbitrary<Turn> = fc.record({
  question: said,
  content: fc.option(said),
  reasoning: said,
  calls: fc.array(fc.record({ name: toolName, args, result: said }), { minLength: 1, maxLength: 3 }),
});

/** A turn in the client's form: a question, an answer that calls tools, and their results. */
function toMessages({ question, content, reasoning, calls }: Turn, place: number): JsonObject[] {
  return [
    { role: 'user', content: question },
    {
      role: 'assistant',
      content,
      reasoning_content: reasoning,
      tool_calls: calls.map(({ name, args: text }, index) => ({
        id: `call_${place}_${index}`,
        type: 'function',
        function: { name, arguments: text },
      })),
    },
    ...calls.map(({ result }, index) => ({ role: 'tool', tool_call_id: `call_${place}_${index}`, content: result })),
  ];
}

function list(value: JsonValue | undefined): JsonObject[] {
  return Array.isArray(value) ? value.filter(isJsonObject) : [];
}

describe('a conversation with tools', () => {
  it('loses nothing on its way to Cohere’s form and back', () => {
    fc.assert(
      fc.property(fc.array(turn, { minLength: 1, maxLength: 3 }), said, (turns, system) => {
        const tools = ['search', 'get-weather', 'get_weather', '2nd.tool', 'größe'].map((name) => functionTool(name));
        const client = [{ role: 'system', content: system }, ...turns.flatMap(toMessages)];
        const { body, toolNames, warnings } = encode({ messages: client, tools });
        const messages = list(body['messages']);
        expect(warnings).toEqual([]);
        expect(messages.map(({ role }) => role)).toEqual(
          client.map((message) => ('role' in message ? message['role'] : '')),
        );
        for (const { name } of list(body['tools']).map(({ function: fn }) => (isJsonObject(fn) ? fn : {}))) {
          expect(name).toMatch(/^[A-Za-z_][A-Za-z0-9_]*$/);
        }
        messages.forEach((message, index) => {
          const sent = client[index] ?? {};
          if (message['role'] !== 'assistant') {
            expect(message).toEqual(sent);
            return;
          }
          // What an assistant said is what the decoder would have read.
          const events = decodeReply({ message, finish_reason: 'TOOL_CALL' }, toolNames) ?? [];
          const [choice] = toPlainAnswer(events).choices;
          expect({
            role: 'assistant',
            content: choice?.content || null,
            reasoning_content: choice?.reasoning,
            tool_calls: choice?.toolCalls.map(({ id, name, arguments: text }) => ({
              id,
              type: 'function',
              function: { name, arguments: text },
            })),
          }).toEqual(sent);
        });
      }),
      { numRuns: 200 },
    );
  });
});
