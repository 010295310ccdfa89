import { create } from '@bufbuild/protobuf';
import { describe, expect, it } from 'vitest';
import { MessageSchema } from '../../../gen/signalbox/chat/v1/message_pb.ts';
import type { ChatEvent } from '../../../src/core/chat-event.ts';
import type { JsonObject } from '../../../src/core/json.ts';
import { AnswerDecoder } from '../../../src/dialects/bedrock-converse/answer-decoder.ts';
import { decodeReply } from '../../../src/dialects/bedrock-converse/decode-reply.ts';
import {
  bedrockFormat,
  encodeReasoningBlock,
  restoreReasoning,
} from '../../../src/dialects/bedrock-converse/reasoning-blocks.ts';
import { claudeFormat } from '../../../src/dialects/signed-reasoning.ts';
import { unpackToolCallId } from '../../../src/dialects/tool-call-memo.ts';
import { toPlainAnswer } from '../../support/plain-answer.ts';

const claude = { answerTool: undefined, reasoningFormat: claudeFormat } as const;

function decode(
  content: JsonObject[],
  fields: JsonObject = {},
  options: Parameters<typeof decodeReply>[1] = claude,
): ChatEvent[] {
  return (
    decodeReply({ output: { message: { role: 'assistant', content } }, stopReason: 'end_turn', ...fields }, options) ??
    []
  );
}

function finishOf(events: readonly ChatEvent[]) {
  return events.find((event) => event.kind === 'finish')?.finish;
}

describe('a finish', () => {
  it.each([
    ['end_turn', 'stop'],
    ['stop_sequence', 'stop'],
    ['max_tokens', 'length'],
    ['model_context_window_exceeded', 'length'],
    ['malformed_tool_use', 'length'],
    ['guardrail_intervened', 'content_filter'],
    ['content_filtered', 'content_filter'],
    ['something_new', 'stop'],
  ])('%s is %s', (stopReason, finishReason) => {
    const finish = finishOf(decode([{ text: 'Hi' }], { stopReason }));
    expect(finish).toMatchObject({ finishReason, nativeFinishReason: stopReason });
  });

  it('by tools is one only where a tool of the client’s was called', () => {
    const toolUse = { toolUseId: 'c', name: 'answer', input: { a: 1 } };
    expect(finishOf(decode([{ toolUse }], { stopReason: 'tool_use' }))?.finishReason).toBe('tool_calls');
    const events = decode([{ toolUse }], { stopReason: 'tool_use' }, { ...claude, answerTool: 'answer' });
    expect(finishOf(events)?.finishReason).toBe('stop');
    expect(toPlainAnswer(events).choices[0]).toMatchObject({ content: '{"a":1}', toolCalls: [] });
  });
});

describe('usage', () => {
  it.each([
    [
      { inputTokens: 5, outputTokens: 3 },
      { prompt: 5, completion: 3, total: 8 },
    ],
    [
      { inputTokens: 5, outputTokens: 3, cacheReadInputTokens: 100, cacheWriteInputTokens: 20 },
      { prompt: 125, completion: 3, total: 128, cached: 100 },
    ],
    [
      { inputTokens: 5, outputTokens: 3, cacheReadInputTokenCount: 100, cacheWriteInputTokenCount: 20 },
      { prompt: 125, completion: 3, total: 128, cached: 100 },
    ],
    [{ inputTokens: -1, outputTokens: 'x' }, undefined],
    [{}, undefined],
  ])('of %j is %j', (usage, expected) => {
    const { usage: said } = toPlainAnswer(decode([{ text: 'Hi' }], { usage }));
    expect(said && JSON.parse(JSON.stringify(said))).toEqual(expected);
  });

  it('has the tokens of reasoning where Claude’s own usage came', () => {
    const usage = { inputTokens: 5, outputTokens: 3 };
    const own = { usage: { output_tokens_details: { thinking_tokens: 2 } } };
    expect(
      toPlainAnswer(decode([{ text: 'Hi' }], { usage, additionalModelResponseFields: own })).usage?.reasoning,
    ).toBe(2);
  });

  it('has a tier beside it', () => {
    expect(decode([{ text: 'Hi' }], { serviceTier: { type: 'flex' } })).toContainEqual({
      kind: 'head',
      serviceTier: 'flex',
    });
  });
});

describe('citations', () => {
  it('stand for the text of their block, or for the text before a block without any', () => {
    const cited = {
      content: [{ text: 'Ruby is old.' }],
      citations: [
        { source: 'https://example.com/a', title: 'A', sourceContent: [{ text: 'from ' }, { text: '1993' }] },
      ],
    };
    const web = { citations: [{ location: { web: { url: 'https://example.com/b', domain: 'example.com' } } }] };
    const events = decode([{ text: 'Hi. ' }, { citationsContent: cited }, { citationsContent: web }]);
    const found = events.flatMap((event) => (event.kind === 'annotations' ? event.annotations : []));
    expect(found.map(({ urlCitation }) => urlCitation)).toMatchObject([
      { url: 'https://example.com/a', title: 'A', content: 'from 1993', startIndex: 4, endIndex: 16 },
      { url: 'https://example.com/b', title: 'example.com', startIndex: 4, endIndex: 16 },
    ]);
  });

  it('of documents have no address, and are left out', () => {
    const citations = [{ title: 'my-pdf', location: { documentPage: { documentIndex: 0, start: 1, end: 2 } } }];
    const events = decode([{ citationsContent: { content: [{ text: 'Hi' }], citations } }]);
    expect(events.map(({ kind }) => kind)).toEqual(['delta', 'finish']);
  });
});

describe('reasoning', () => {
  const toolUse = { toolUse: { toolUseId: 'c', name: 'now', input: {} } };
  const signed = { reasoningContent: { reasoningText: { text: 'Hm.', signature: 'sig' } } };

  function restored(content: JsonObject[], format: typeof claudeFormat | typeof bedrockFormat) {
    const events = decode([...content, toolUse], {}, { answerTool: undefined, reasoningFormat: format });
    const deltas = events.flatMap((event) => (event.kind === 'delta' ? [event.delta] : []));
    const reasoningDetails = deltas.flatMap((delta) => delta.reasoningDetails);
    const toolCalls = deltas.flatMap((delta) =>
      delta.toolCalls.flatMap(({ id }) => (id === undefined ? [] : [{ id }])),
    );
    const restore = (fields: object) =>
      restoreReasoning(create(MessageSchema, { role: 'assistant', ...fields }), format).map(encodeReasoningBlock);
    return {
      fromDetails: restore({ reasoningDetails }),
      fromIds: restore({ toolCalls }),
      details: reasoningDetails,
      ids: toolCalls,
    };
  }

  it.each([claudeFormat, bedrockFormat] as const)(
    'in the terms of %s comes back as it was, from details and from ids',
    (format) => {
      const redacted = { reasoningContent: { redactedContent: Buffer.from('EqoBCkgIBx').toString('base64') } };
      const { fromDetails, fromIds } = restored([signed, redacted], format);
      expect(fromDetails).toEqual([signed, redacted]);
      expect(fromIds).toEqual([signed, redacted]);
    },
  );

  it('of Claude’s that is encrypted is told in the terms of Anthropic’s API', () => {
    const redacted = { reasoningContent: { redactedContent: Buffer.from('EqoBCkgIBx').toString('base64') } };
    expect(restored([redacted], claudeFormat).details).toMatchObject([
      { type: 'reasoning.encrypted', format: claudeFormat, data: 'EqoBCkgIBx' },
    ]);
  });

  it('that is encrypted and no text comes back as it was too', () => {
    const redacted = { reasoningContent: { redactedContent: Buffer.from([0xff, 0xfe, 0x00]).toString('base64') } };
    const { fromDetails, details } = restored([redacted], claudeFormat);
    expect(fromDetails).toEqual([redacted]);
    expect(details).toMatchObject([{ format: bedrockFormat }]);
  });

  it('without a signature is shown, and never sent back', () => {
    const { fromDetails, fromIds, ids } = restored(
      [{ reasoningContent: { reasoningText: { text: 'Hm.' } } }],
      bedrockFormat,
    );
    expect(fromDetails).toEqual([]);
    expect(fromIds).toEqual([]);
    expect(ids).toEqual([{ id: 'c' }]);
  });

  it('that is too long for an id rides in the details alone', () => {
    const long = { reasoningContent: { reasoningText: { text: 'x'.repeat(10_000), signature: 'sig' } } };
    const { fromDetails, ids } = restored([long], claudeFormat);
    expect(fromDetails).toEqual([long]);
    expect(unpackToolCallId(ids[0]?.id ?? '').memo).toBeUndefined();
  });
});

describe('a reply that is none', () => {
  it.each([
    {},
    { output: null },
    { output: { message: {} } },
    { output: { message: { content: 'Hi' } } },
    { output: { message: { content: [] } } },
    { output: { message: { content: [{ text: '' }] } } },
  ])('is not decoded: %j', (json) => {
    expect(decodeReply(json, claude)).toBeUndefined();
  });
});

describe('a stream', () => {
  it('gives nothing after its end but the usage', () => {
    const decoder = new AnswerDecoder(claude);
    decoder.decode('messageStart', { role: 'assistant' });
    expect(decoder.decode('messageStop', { stopReason: 'end_turn' })).toHaveLength(1);
    for (const type of ['contentBlockDelta', 'contentBlockStart', 'messageStop', 'contentBlockStop']) {
      expect(decoder.decode(type, { contentBlockIndex: 0, delta: { text: 'more' }, start: {} })).toEqual([]);
    }
    expect(decoder.decode('metadata', { usage: { inputTokens: 1, outputTokens: 1 } })).toHaveLength(1);
  });

  it('joins halves of a surrogate pair, in text, reasoning and arguments', () => {
    const decoder = new AnswerDecoder(claude);
    const add = (contentBlockIndex: number, delta: JsonObject) =>
      decoder.decode('contentBlockDelta', { contentBlockIndex, delta });
    const start = { toolUse: { toolUseId: 'c', name: 'say' } };
    const events = [
      ...add(0, { reasoningContent: { text: 'a\ud83d' } }),
      ...add(0, { reasoningContent: { text: '\ude00' } }),
      ...add(1, { text: 'b\ud83d' }),
      ...add(1, { text: '\ude00' }),
      ...decoder.decode('contentBlockStart', { contentBlockIndex: 2, start }),
      ...add(2, { toolUse: { input: '"\ud83d' } }),
      ...add(2, { toolUse: { input: '\ude00"' } }),
      ...decoder.decode('messageStop', { stopReason: 'tool_use' }),
    ];
    expect(toPlainAnswer(events).choices[0]).toMatchObject({
      reasoning: 'a😀',
      content: 'b😀',
      toolCalls: [{ id: 'c', name: 'say', arguments: '"😀"' }],
    });
  });

  it('reads blocks that are announced though they need not be, and none that is not known', () => {
    const decoder = new AnswerDecoder(claude);
    const block = (contentBlockIndex: number, start: JsonObject, delta: JsonObject) => [
      ...decoder.decode('contentBlockStart', { contentBlockIndex, start }),
      ...decoder.decode('contentBlockDelta', { contentBlockIndex, delta }),
      ...decoder.decode('contentBlockStop', { contentBlockIndex }),
    ];
    const events = [
      ...block(0, { reasoningContent: {} }, { reasoningContent: { text: 'Hm.' } }),
      ...block(1, {}, { text: 'Yes' }),
      ...block(2, { somethingNew: {} }, { text: 'No' }),
      ...decoder.decode('messageStop', { stopReason: 'end_turn' }),
    ];
    expect(toPlainAnswer(events).choices[0]).toMatchObject({ reasoning: 'Hm.', content: 'Yes' });
  });

  it('gives an empty object for a tool without arguments', () => {
    const decoder = new AnswerDecoder(claude);
    const events = [
      ...decoder.decode('contentBlockStart', {
        contentBlockIndex: 0,
        start: { toolUse: { toolUseId: 'c', name: 'now' } },
      }),
      ...decoder.decode('contentBlockDelta', { contentBlockIndex: 0, delta: { toolUse: { input: '' } } }),
      ...decoder.decode('contentBlockStop', { contentBlockIndex: 0 }),
      ...decoder.decode('messageStop', { stopReason: 'tool_use' }),
    ];
    expect(toPlainAnswer(events).choices[0]?.toolCalls).toEqual([{ id: 'c', name: 'now', arguments: '{}' }]);
  });
});
