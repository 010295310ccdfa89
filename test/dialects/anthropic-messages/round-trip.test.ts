import { create } from '@bufbuild/protobuf';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { ChatCompletionSchema } from '../../../gen/signalbox/chat/v1/chat_completion_pb.ts';
import { ChatCompletionSliceSchema, HeadSchema } from '../../../gen/signalbox/chat/v1/chat_completion_slice_pb.ts';
import type { ChatEvent } from '../../../src/core/chat-event.ts';
import { isJsonObject, type JsonObject, type JsonValue } from '../../../src/core/json.ts';
import { AnswerDecoder } from '../../../src/dialects/anthropic-messages/answer-decoder.ts';
import { encodeCompletion } from '../../../src/dialects/openai-chat/encode-completion.ts';
import { collectCompletion } from '../../../src/routing/collect-completion.ts';
import { encode } from './encode.ts';
import { type AnswerBlock, streamBlocks } from './messages-events.ts';

const visible = fc.string({ unit: 'grapheme', minLength: 1, maxLength: 20 }).filter((text) => text.trim() !== '');
const name = fc.stringMatching(/^[a-z_]{1,10}$/);
const id = fc.stringMatching(/^toolu_[A-Za-z0-9]{4,12}$/);
/** Objects as JSON has them: what JSON.parse gives. */
const input = fc
  .dictionary(fc.stringMatching(/^[a-z]{1,6}$/), fc.jsonValue({ maxDepth: 2 }), { maxKeys: 3 })
  .map(toJson);

function toJson(value: unknown): JsonObject {
  const json: JsonValue = JSON.parse(JSON.stringify(value));
  return isJsonObject(json) ? json : {};
}

const thinking: fc.Arbitrary<AnswerBlock> = fc.oneof(
  fc.record({
    type: fc.constant('thinking'),
    thinking: fc.oneof(visible, fc.constant('')),
    signature: fc.base64String({ minLength: 4, maxLength: 40 }),
  }),
  fc.record({ type: fc.constant('redacted_thinking'), data: fc.base64String({ minLength: 4, maxLength: 40 }) }),
);
const call: fc.Arbitrary<AnswerBlock> = fc.record({ type: fc.constant('tool_use'), id, name, input });

/** An answer that calls tools, in the order that Anthropic gives it. */
const answer = fc.record({
  thinking: fc.array(thinking, { minLength: 1, maxLength: 3 }),
  text: fc.option(visible, { nil: undefined }),
  calls: fc.uniqueArray(call, { minLength: 1, maxLength: 3, selector: (block) => block['id'] }),
  cuts: fc.array(fc.integer({ min: 1, max: 8 }), { maxLength: 6 }),
});

/** The message that a client of this API gets of a streamed answer. */
async function toClientMessage(events: readonly JsonObject[]): Promise<JsonObject> {
  const decoder = new AnswerDecoder(undefined);
  const decoded = events.flatMap((event) => decoder.decode(event));
  async function* slices() {
    yield create(ChatCompletionSliceSchema, { slice: { case: 'head', value: create(HeadSchema) } });
    for (const event of decoded) yield* toSlice(event);
  }
  const completion = create(ChatCompletionSchema, await collectCompletion(slices()));
  const [choice] = toList(encodeCompletion(completion)['choices']);
  return isJsonObject(choice?.['message']) ? choice['message'] : {};
}

function* toSlice(event: ChatEvent) {
  if (event.kind === 'delta') yield create(ChatCompletionSliceSchema, { slice: { case: 'delta', value: event.delta } });
  if (event.kind === 'finish') {
    yield create(ChatCompletionSliceSchema, {
      slice: { case: 'finish', value: { $typeName: 'signalbox.chat.v1.Finish', choices: [event.finish] } },
    });
  }
}

function toList(value: JsonValue | undefined): JsonObject[] {
  return Array.isArray(value) ? value.filter(isJsonObject) : [];
}

/** What is sent to Anthropic when a client sends an answer back with the results of its tools. */
function sendBack(message: JsonObject): JsonObject {
  const results = toList(message['tool_calls']).map(({ id: callId }) => ({
    role: 'tool',
    tool_call_id: callId ?? '',
    content: 'done',
  }));
  const { body, warnings } = encode({
    messages: [{ role: 'user', content: 'Go' }, message, ...results],
    reasoning_effort: 'low',
  });
  expect(warnings).toEqual([]);
  return body;
}

describe('an answer that calls tools', () => {
  const check = (toClient: (message: JsonObject) => JsonObject) =>
    fc.assert(
      fc.asyncProperty(answer, async ({ thinking: blocks, text, calls, cuts }) => {
        const said = text === undefined ? [] : [{ type: 'text', text }];
        const content = [...blocks, ...said, ...calls];
        const message = await toClientMessage(streamBlocks(content, 'tool_use', cuts));
        const [, assistant, user] = toList(sendBack(toClient(message))['messages']);
        expect(assistant).toEqual({ role: 'assistant', content });
        expect(toList(user?.['content']).map((block) => block['tool_use_id'])).toEqual(
          calls.map((block) => block['id']),
        );
      }),
      { numRuns: 150 },
    );

  it('comes back to Anthropic as it was', () => check((message) => message));

  it('comes back as it was from a client that drops fields it does not know', () =>
    check(({ role, content, tool_calls: calls }) => ({
      role: role ?? 'assistant',
      content: content ?? null,
      tool_calls: calls ?? [],
    })));
});

describe('a conversation with tools', () => {
  const step = fc.record({
    question: visible,
    answer: visible,
    calls: fc.array(fc.record({ name, input, result: visible }), { maxLength: 3 }),
  });

  it('is all there, and in order, in what Anthropic gets', () => {
    fc.assert(
      fc.property(fc.array(step, { minLength: 1, maxLength: 4 }), visible, (steps, system) => {
        const messages = steps.flatMap(({ question, answer: text, calls }, turn) => [
          { role: 'user', content: question },
          {
            role: 'assistant',
            content: text,
            ...(calls.length > 0 && {
              tool_calls: calls.map((one, index) => ({
                id: `call_${turn}_${index}`,
                type: 'function',
                function: { name: one.name, arguments: JSON.stringify(one.input) },
              })),
            }),
          },
          ...calls.map(({ result }, index) => ({
            role: 'tool',
            tool_call_id: `call_${turn}_${index}`,
            content: result,
          })),
        ]);
        const { body } = encode({
          messages: [{ role: 'system', content: system }, ...messages, { role: 'user', content: 'End' }],
        });
        expect(body['system']).toEqual([{ type: 'text', text: system }]);
        const turns = toList(body['messages']);
        expect(turns.map(({ role }) => role)).toEqual(
          turns.map((_, index) => (index % 2 === 0 ? 'user' : 'assistant')),
        );
        const said = turns.flatMap(({ content }) => toList(content));
        expect(said.flatMap((block) => block['text'] ?? [])).toEqual([
          ...steps.flatMap(({ question, answer: text }) => [question, text]),
          'End',
        ]);
        expect(said.filter(({ type }) => type === 'tool_use').map((block) => [block['name'], block['input']])).toEqual(
          steps.flatMap(({ calls }) => calls.map((one) => [one.name, one.input])),
        );
        expect(said.filter(({ type }) => type === 'tool_result').map(({ content }) => content)).toEqual(
          steps.flatMap(({ calls }) => calls.map(({ result }) => result)),
        );
      }),
      { numRuns: 150 },
    );
  });
});
