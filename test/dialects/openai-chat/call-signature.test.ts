import { create } from '@bufbuild/protobuf';
import { describe, expect, it } from 'vitest';
import { MessageSchema } from '../../../gen/signalbox/chat/v1/message_pb.ts';
import { ChunkDecoder } from '../../../src/dialects/openai-chat/chunk-decoder.ts';
import { decodeReply } from '../../../src/dialects/openai-chat/decode-reply.ts';
import { encodeMessage } from '../../../src/dialects/openai-chat/encode-message.ts';
import { openai } from '../../../src/providers/openai/index.ts';
import { openaiCompatible } from '../../../src/providers/openai-compatible/index.ts';

const fn = { name: 'now', arguments: '{}' };
const signed = { type: 'function', function: fn, extra_content: { google: { thought_signature: 'c2ln' } } };

describe.each([
  ['a', 'a'],
  ['', 'call_x_0'],
])('the signature of a call of Gemini, with the id %j', (id, plainId) => {
  const answers = {
    streamed: new ChunkDecoder({ expectedChoices: 1, answerId: 'x' }).decode({
      choices: [{ index: 0, delta: { tool_calls: [{ ...signed, id, index: 0 }] }, finish_reason: 'tool_calls' }],
    }),
    whole: decodeReply({ choices: [{ index: 0, message: { tool_calls: [{ ...signed, id }] } }] }, 'x'),
  };

  it.each(Object.entries(answers))('is kept of an answer that is %s, and sent back', (_name, events) => {
    const [delta] = events.flatMap((event) => (event.kind === 'delta' ? event.delta : []));
    const [call] = delta?.toolCalls ?? [];
    expect(delta?.reasoningDetails).toMatchObject([{ type: 'reasoning.encrypted', data: 'c2ln', id: plainId }]);
    const toolCalls = [{ id: call?.id ?? '', type: 'function', function: fn }];
    const ofKeptFields = create(MessageSchema, {
      role: 'assistant',
      toolCalls: [{ ...toolCalls[0], id: plainId }],
      reasoningDetails: delta?.reasoningDetails ?? [],
    });
    for (const message of [create(MessageSchema, { role: 'assistant', toolCalls }), ofKeptFields]) {
      expect(encodeMessage(message, openaiCompatible.quirks)['tool_calls']).toEqual([{ ...signed, id: plainId }]);
      expect(encodeMessage(message, openai.quirks)['tool_calls']).toEqual([
        { type: 'function', function: fn, id: plainId },
      ]);
    }
  });
});
