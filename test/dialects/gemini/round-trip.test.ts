import { create } from '@bufbuild/protobuf';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Delta } from '../../../gen/signalbox/chat/v1/chat_completion_slice_pb.ts';
import { type Message, MessageSchema } from '../../../gen/signalbox/chat/v1/message_pb.ts';
import { isJsonObject, type JsonObject, type JsonValue } from '../../../src/core/json.ts';
import { encodeContents } from '../../../src/dialects/gemini/encode-contents.ts';
import { parseModel } from '../../../src/dialects/gemini/gemini-model.ts';
import { Warnings } from '../../../src/dialects/warnings.ts';
import { readGeminiReply } from '../../../src/providers/gemini-stream.ts';
import { answerOptions } from './answer-options.ts';

const text = fc.string({ unit: 'grapheme', minLength: 1, maxLength: 12 });
const name = fc.constantFrom('look', 'open', 'search');
const signature = fc.base64String({ minLength: 4, maxLength: 40 });
// Numbers that JSON writes as they were read.
const json = fc.json({ maxDepth: 2 }).map((written): JsonValue => JSON.parse(written));
const args = fc
  .dictionary(fc.string({ maxLength: 8 }), json, { maxKeys: 3 })
  .map((value): JsonObject => ({ ...value }));

/** The model's side of a turn as Gemini gives it: thoughts, text, a signature of the text, calls with the first of them signed. */
const modelTurn = fc.record({
  thought: fc.option(text, { nil: undefined }),
  said: fc.option(text, { nil: undefined }),
  textSignature: fc.option(signature, { nil: undefined }),
  calls: fc.array(fc.record({ name, args }), { maxLength: 3 }),
  callSignature: fc.option(signature, { nil: undefined }),
  hasIds: fc.boolean(),
});

type ModelTurn = typeof modelTurn extends fc.Arbitrary<infer Turn> ? Turn : never;

function partsOf(turn: ModelTurn): JsonObject[] {
  const { thought, said, textSignature, calls, callSignature, hasIds } = turn;
  return [
    ...(thought === undefined ? [] : [{ text: thought, thought: true }]),
    ...(said === undefined ? [] : [{ text: said }]),
    ...(textSignature === undefined ? [] : [{ text: '', thoughtSignature: textSignature }]),
    ...calls.map((call, index) => ({
      functionCall: { ...call, ...(hasIds && { id: `id${index}` }) },
      ...(index === 0 && callSignature !== undefined && { thoughtSignature: callSignature }),
    })),
  ];
}

/** The answer as a client keeps it for the next request. */
function toMessage(deltas: readonly Delta[], keepsDetails: boolean): Message {
  const content = deltas.map((delta) => delta.content ?? '').join('');
  return create(MessageSchema, {
    role: 'assistant',
    ...(content !== '' && { content }),
    toolCalls: deltas.flatMap(({ toolCalls }) =>
      toolCalls.map(({ id = '', function: fn }) => ({
        id,
        type: 'function',
        function: { name: fn?.name ?? '', arguments: fn?.arguments ?? '' },
      })),
    ),
    reasoningDetails: keepsDetails ? deltas.flatMap(({ reasoningDetails }) => reasoningDetails) : [],
  });
}

function readDeltas(chunks: readonly JsonObject[]): Delta[] {
  return readGeminiReply(JSON.stringify(chunks), answerOptions).flatMap((event) =>
    event.kind === 'delta' ? event.delta : [],
  );
}

function encode(messages: readonly Message[], model: string): JsonObject[] {
  return encodeContents(messages, { model: parseModel(model), fetched: new Map(), warnings: new Warnings() }).contents;
}

function listParts(content: JsonObject | undefined): JsonObject[] {
  const parts = content?.['parts'];
  return Array.isArray(parts) ? parts.filter(isJsonObject) : [];
}

/** A part without the id that was made for it. */
function withoutId(part: JsonObject): JsonObject {
  const call = part['functionCall'];
  if (!isJsonObject(call)) return part;
  const { id: _, ...functionCall } = call;
  return { ...part, functionCall };
}

describe('an answer that goes back in the next request', () => {
  it('is what it was, its thoughts left out', () => {
    fc.assert(
      fc.property(modelTurn, fc.boolean(), (turn, isStreamed) => {
        const parts = partsOf(turn);
        const whole = [{ candidates: [{ content: { parts, role: 'model' }, finishReason: 'STOP' }], responseId: 'r1' }];
        const chunks = parts.map((part) => ({ candidates: [{ content: { parts: [part] } }], responseId: 'r1' }));
        const deltas = readDeltas(isStreamed ? [...chunks, { candidates: [{ finishReason: 'STOP' }] }] : whole);
        const [content] = encode([toMessage(deltas, true)], 'gemini-2.5-flash');
        const sent = parts.filter((part) => part['thought'] === undefined);
        expect(listParts(content).map(withoutId)).toEqual(sent.map(withoutId));
        if (turn.hasIds) expect(listParts(content)).toEqual(sent);
      }),
    );
  });

  it('keeps the signatures of its calls with a client that keeps only OpenAI’s fields', () => {
    fc.assert(
      fc.property(modelTurn, (turn) => {
        const deltas = readDeltas([{ candidates: [{ content: { parts: partsOf(turn) }, finishReason: 'STOP' }] }]);
        const [content] = encode([toMessage(deltas, false)], 'gemini-3-pro-preview');
        const calls = listParts(content).filter((part) => 'functionCall' in part);
        expect(calls.map((part) => part['thoughtSignature'])).toEqual(
          turn.calls.map((_, index) =>
            index === 0 ? (turn.callSignature ?? 'skip_thought_signature_validator') : undefined,
          ),
        );
        // What Gemini sees of an id is what it gave.
        for (const { functionCall: call } of calls) {
          expect(isJsonObject(call) && call['id']).toMatch(/^(?:id|call_here_)\d$/);
        }
      }),
    );
  });
});

describe('a conversation with tools', () => {
  const turn = fc.record({
    asked: text,
    calls: fc.array(fc.record({ name, args }), { minLength: 1, maxLength: 4 }),
    results: fc.array(text, { minLength: 4, maxLength: 4 }),
    order: fc.shuffledSubarray([0, 1, 2, 3], { minLength: 4, maxLength: 4 }),
    said: text,
  });

  it('keeps every text, call and result, with each result beside its call', () => {
    fc.assert(
      fc.property(fc.array(turn, { minLength: 1, maxLength: 4 }), fc.boolean(), (turns, sharesIds) => {
        const messages = turns.flatMap(({ asked, calls, results, order, said }, at) => {
          const idOf = (index: number) => (sharesIds ? `call_${index}` : `call_${at}_${index}`);
          return [
            { role: 'user', content: asked },
            {
              role: 'assistant',
              toolCalls: calls.map((call, index) => ({
                id: idOf(index),
                function: { name: call.name, arguments: JSON.stringify(call.args) },
              })),
            },
            ...order
              .filter((index) => index < calls.length)
              .map((index) => ({ role: 'tool', toolCallId: idOf(index), content: `:${results[index]}` })),
            { role: 'assistant', content: said },
          ];
        });
        const contents = encode(
          messages.map((message) => create(MessageSchema, message)),
          'gemini-2.5-flash',
        );
        const expected = turns.flatMap(({ asked, calls, results, said }) => [
          { role: 'user', parts: [{ text: asked }] },
          { role: 'model', parts: calls.map((call) => ({ functionCall: call })) },
          {
            role: 'user',
            parts: calls.map((call, index) => ({
              functionResponse: { name: call.name, response: { output: `:${results[index]}` } },
            })),
          },
          { role: 'model', parts: [{ text: said }] },
        ]);
        expect(JSON.parse(JSON.stringify(contents), dropIds)).toEqual(JSON.parse(JSON.stringify(expected), dropIds));
      }),
    );
  });
});

/** Leaves out the ids that calls and results are given. Generated arguments have none of this form. */
function dropIds(key: string, value: unknown): unknown {
  return key === 'id' && typeof value === 'string' && value.startsWith('call_') ? undefined : value;
}
