import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { ReasoningDetail } from '../../../gen/signalbox/chat/v1/message_pb.ts';
import { isJsonObject, type JsonObject, type JsonValue } from '../../../src/core/json.ts';
import { decodeReply } from '../../../src/dialects/bedrock-converse/decode-reply.ts';
import { claudeFormat } from '../../../src/dialects/signed-reasoning.ts';
import { unpackToolCallId } from '../../../src/dialects/tool-call-memo.ts';
import { toPlainAnswer } from '../../support/plain-answer.ts';
import { encode } from './encode.ts';

const words = fc
  .string({ unit: 'grapheme', minLength: 1, maxLength: 20 })
  .map((text) => text.toWellFormed())
  .filter((text) => text.trim() !== '');
const args = fc
  .dictionary(fc.string({ maxLength: 8 }), fc.jsonValue({ maxDepth: 2 }), { maxKeys: 3, noNullPrototype: true })
  .map((value) => JSON.stringify(value));

/** A turn of using tools: the calls, and their results in any order. */
const toolTurn = fc.record({
  text: fc.option(words, { nil: undefined }),
  reasoning: fc.option(fc.record({ text: words, signature: fc.base64String({ minLength: 4, maxLength: 40 }) }), {
    nil: undefined,
  }),
  calls: fc.array(fc.record({ name: fc.constantFrom('search', 'open', 'now'), arguments: args, result: words }), {
    minLength: 1,
    maxLength: 4,
  }),
  isReversed: fc.boolean(),
});

/** Whether the client keeps `reasoning_details`, or nothing but what OpenAI's API has. */
const keepsDetails = fc.boolean();

const tools = ['search', 'open', 'now'].map((name) => ({
  type: 'function',
  function: { name, parameters: { type: 'object' } },
}));

describe('a conversation with tools', () => {
  it('survives going to the client and back', () => {
    fc.assert(
      fc.property(words, fc.array(toolTurn, { minLength: 1, maxLength: 4 }), keepsDetails, (question, turns, keeps) => {
        const messages: JsonObject[] = [{ role: 'user', content: question }];
        const expected: JsonObject[] = [{ role: 'user', content: [{ text: question }] }];
        turns.forEach(({ text, reasoning, calls, isReversed }, at) => {
          const native = calls.map((call, index) => ({ id: `tooluse_${at}_${index}`, ...call }));
          const content: JsonObject[] = [
            ...(reasoning ? [{ reasoningContent: { reasoningText: { ...reasoning } } }] : []),
            ...(text === undefined ? [] : [{ text }]),
            ...native.map(({ id, name, arguments: json }) => ({
              toolUse: { toolUseId: id, name, input: parse(json) },
            })),
          ];
          const { message, ids } = toClientMessage(content, keeps);
          const results = native.map(({ result }, index) => ({
            role: 'tool',
            tool_call_id: ids[index] ?? '',
            content: result,
          }));
          messages.push(message, ...(isReversed ? results.toReversed() : results));
          const answered = native.map(({ id, result }) => ({
            toolResult: { toolUseId: id, content: [{ text: result }] },
          }));
          expected.push(
            { role: 'assistant', content },
            { role: 'user', content: isReversed ? answered.toReversed() : answered },
          );
        });
        // A model whose reasoning needs none before it: what was lost is not the point here.
        const { body, warnings } = encode({ messages, tools, reasoning_effort: 'low' }, 'anthropic.claude-opus-4-7');
        expect(body['messages']).toEqual(expected);
        expect(warnings).toEqual([]);
      }),
    );
  });
});

/** The message that a client keeps of an answer. */
function toClientMessage(content: JsonObject[], keepsDetails: boolean): { message: JsonObject; ids: string[] } {
  const reply = { output: { message: { content } }, stopReason: 'tool_use' };
  const events =
    decodeReply(reply, { answerTool: undefined, reasoningFormat: claudeFormat }, JSON.stringify(reply)) ?? [];
  const [choice] = toPlainAnswer(events).choices;
  const details = events.flatMap((event) => (event.kind === 'delta' ? event.delta.reasoningDetails : []));
  const calls = choice?.toolCalls ?? [];
  const message = {
    role: 'assistant',
    content: choice?.content || null,
    tool_calls: calls.map(({ id, name, arguments: json }) => ({
      id,
      type: 'function',
      function: { name, arguments: json },
    })),
    ...(keepsDetails && { reasoning_details: details.map(toJson) }),
  };
  expect(calls.map(({ id }) => unpackToolCallId(id).id)).toEqual(
    content.flatMap(({ toolUse }) => (isJsonObject(toolUse) ? [toolUse['toolUseId']] : [])),
  );
  return { message, ids: calls.map(({ id }) => id) };
}

function toJson({ type, text, signature, format, index }: ReasoningDetail): JsonObject {
  return {
    type,
    ...(text !== undefined && { text }),
    ...(signature !== undefined && { signature }),
    ...(format !== undefined && { format }),
    ...(index !== undefined && { index }),
  };
}

function parse(json: string): JsonValue {
  return JSON.parse(json);
}
