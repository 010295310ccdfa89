import { create, type MessageInitShape } from '@bufbuild/protobuf';
import { describe, expect, it } from 'vitest';
import { ChatCompletionSchema } from '../../../gen/signalbox/chat/v1/chat_completion_pb.ts';
import { ChatCompletionSliceSchema } from '../../../gen/signalbox/chat/v1/chat_completion_slice_pb.ts';
import { MessageSchema } from '../../../gen/signalbox/chat/v1/message_pb.ts';
import type { JsonObject } from '../../../src/core/json.ts';
import { ChunkDecoder } from '../../../src/dialects/openai-chat/chunk-decoder.ts';
import { ChunkEncoder } from '../../../src/dialects/openai-chat/chunk-encoder.ts';
import { decodeMessage } from '../../../src/dialects/openai-chat/decode-message.ts';
import { decodeReply } from '../../../src/dialects/openai-chat/decode-reply.ts';
import { encodeCompletion } from '../../../src/dialects/openai-chat/encode-completion.ts';
import { encodeMessage } from '../../../src/dialects/openai-chat/encode-message.ts';
import type { OpenAiChatQuirks } from '../../../src/dialects/openai-chat/quirks.ts';
import { packToolCallId } from '../../../src/dialects/tool-call-memo.ts';

const quirks: OpenAiChatQuirks = {
  tokenLimitField: 'as-sent',
  asksForStreamUsage: true,
  sendsCacheControl: true,
  reasoningField: 'reasoning_content',
};

const details: JsonObject[] = [
  { type: 'reasoning.text', text: 'Hm.', signature: 'c2ln', format: 'anthropic-claude-v1', index: 0 },
  { type: 'reasoning.summary', summary: 'Thought.', format: 'openai-responses-v1', index: 1 },
  { type: 'reasoning.encrypted', data: 'ZGF0YQ==', id: 'rs_1', format: 'openai-responses-v1', index: 1 },
];

describe('reasoning_details of a message', () => {
  const json = { role: 'assistant', content: 'Hi', reasoning_details: details };

  it('are sent to those who take them', () => {
    const message = decodeMessage(json, 'messages[0]');
    expect(encodeMessage(message, { ...quirks, sendsReasoningDetails: true })).toEqual(json);
    expect(encodeMessage(message, quirks)).toEqual({ role: 'assistant', content: 'Hi' });
  });

  it('may have null for what they do not have', () => {
    const [detail] = decodeMessage({ ...json, reasoning_details: [{ type: 'a', text: null }] }, '').reasoningDetails;
    expect(detail?.text).toBeUndefined();
  });

  it.each([
    ['messages[0].reasoning_details', 'x'],
    ['messages[0].reasoning_details[0].type', [{}]],
    ['messages[0].reasoning_details[0].index', [{ type: 'a', index: 'b' }]],
  ])('are refused by their field: %s', (param, value) => {
    expect(() => decodeMessage({ ...json, reasoning_details: value }, 'messages[0]')).toThrow(
      expect.objectContaining({ reason: 'INVALID_FIELD', details: expect.objectContaining({ param }) }),
    );
  });
});

describe('reasoning_details of an answer', () => {
  const fields: MessageInitShape<typeof MessageSchema>['reasoningDetails'] = [
    { type: 'reasoning.text', text: 'Hm.', signature: 'c2ln', format: 'anthropic-claude-v1', index: 0 },
  ];

  it('are read whole', () => {
    const reply = { choices: [{ message: { content: 'Hi', reasoning_details: details }, finish_reason: 'stop' }] };
    const [event] = decodeReply(reply, 'a').filter(({ kind }) => kind === 'delta');
    expect(event).toMatchObject({ delta: { reasoningContent: 'Hm.Thought.', reasoningDetails: details } });
  });

  it('are read in pieces, with their characters whole', () => {
    const decoder = new ChunkDecoder({ expectedChoices: 1, answerId: 'a' });
    const read = (reasoning: JsonObject[]) =>
      decoder.decode({ choices: [{ index: 0, delta: { reasoning_details: reasoning } }] });
    const piece = (text: string) => [{ type: 'reasoning.text', text, index: 0 }];
    const events = [
      ...read(piece('a\ud83d')),
      ...read(piece('\ude00')),
      ...read(piece('\ud83d')),
      ...decoder.finishOpenChoices(),
    ];
    const texts = events.flatMap((event) => (event.kind === 'delta' ? event.delta.reasoningDetails : []));
    expect(texts.map(({ text }) => text).join('')).toBe('a😀\uFFFD');
  });

  it('are passed over where they are not what they should be', () => {
    const message = { content: 'Hi', reasoning_details: ['x', {}, { type: 'reasoning.text', text: 1, index: -1 }] };
    const [event] = decodeReply({ choices: [{ message, finish_reason: 'stop' }] }, 'a').filter(
      ({ kind }) => kind === 'delta',
    );
    expect(event).toMatchObject({ delta: { reasoningDetails: [{ type: 'reasoning.text' }] } });
  });

  it('are given to the client, whole', () => {
    const completion = create(ChatCompletionSchema, {
      choices: [{ message: { role: 'assistant', reasoningDetails: fields }, finishReason: 'stop' }],
    });
    expect(encodeCompletion(completion)).toMatchObject({
      choices: [{ message: { reasoning_details: details.slice(0, 1) } }],
    });
  });

  it('are given to the client, in chunks', () => {
    const slice = create(ChatCompletionSliceSchema, { slice: { case: 'delta', value: { reasoningDetails: fields } } });
    expect(new ChunkEncoder(false).encode(slice)).toMatchObject([
      {},
      { choices: [{ delta: { reasoning_details: details.slice(0, 1) } }] },
    ]);
  });
});

describe('the ids of tool calls', () => {
  it('go to a provider without what another put into them', () => {
    const packed = packToolCallId('call_1', 'memo');
    const fn = { name: 'f', arguments: '{}' };
    const calling = create(MessageSchema, {
      role: 'assistant',
      toolCalls: [{ id: packed, type: 'function', function: fn }],
    });
    expect(encodeMessage(calling, quirks)['tool_calls']).toEqual([{ id: 'call_1', type: 'function', function: fn }]);
    const result = create(MessageSchema, { role: 'tool', toolCallId: packed, content: 'done' });
    expect(encodeMessage(result, quirks)['tool_call_id']).toBe('call_1');
  });

  it('go to the client with it', () => {
    const id = packToolCallId('call_1', 'memo');
    const completion = create(ChatCompletionSchema, {
      choices: [{ message: { role: 'assistant', toolCalls: [{ id, function: { name: 'f' } }] } }],
    });
    expect(encodeCompletion(completion)).toMatchObject({ choices: [{ message: { tool_calls: [{ id }] } }] });
  });
});
