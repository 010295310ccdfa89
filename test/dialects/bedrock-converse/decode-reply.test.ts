import { create } from '@bufbuild/protobuf';
import { describe, expect, it } from 'vitest';
import { MessageSchema } from '../../../gen/signalbox/chat/v1/message_pb.ts';
import type { ChatEvent } from '../../../src/core/chat-event.ts';
import type { JsonObject } from '../../../src/core/json.ts';
import { AnswerDecoder } from '../../../src/dialects/bedrock-converse/answer-decoder.ts';
import { decodeReply } from '../../../src/dialects/bedrock-converse/decode-reply.ts';
import {
  bedrockFormatOf,
  encodeReasoningBlock,
  type ReasoningFormat,
  restoreReasoning,
} from '../../../src/dialects/bedrock-converse/reasoning-blocks.ts';
import { claudeFormat } from '../../../src/dialects/signed-reasoning.ts';
import { unpackToolCallId } from '../../../src/dialects/tool-call-memo.ts';
import { toPlainAnswer } from '../../support/plain-answer.ts';

const novaFormat = bedrockFormatOf('us.amazon.nova-2-lite-v1:0');
const claude = { answerTool: undefined, reasoningFormat: claudeFormat } as const;

function decode(
  content: JsonObject[],
  fields: JsonObject = {},
  options: Parameters<typeof decodeReply>[1] = claude,
): ChatEvent[] {
  const reply = { output: { message: { role: 'assistant', content } }, stopReason: 'end_turn', ...fields };
  return decodeReply(reply, options, JSON.stringify(reply)) ?? [];
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

  it('says what was written to the cache for an hour', () => {
    const cacheDetails = [
      { ttl: '5m', inputTokens: 15 },
      { ttl: '1h', inputTokens: 5 },
    ];
    const usage = { inputTokens: 5, outputTokens: 3, cacheWriteInputTokens: 20, cacheDetails };
    expect(decode([{ text: 'Hi' }], { usage })).toContainEqual(
      expect.objectContaining({
        usage: expect.objectContaining({
          promptTokensDetails: expect.objectContaining({ cacheWriteTokens: 20, cacheWrite1hTokens: 5 }),
        }),
      }),
    );
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

  function restored(content: JsonObject[], format: ReasoningFormat) {
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

  it.each([claudeFormat, novaFormat] as const)(
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
    expect(details).toMatchObject([{ format: 'amazon-bedrock-v1/claude' }]);
  });

  it('without a signature is shown, and never sent back', () => {
    const { fromDetails, fromIds, ids } = restored(
      [{ reasoningContent: { reasoningText: { text: 'Hm.' } } }],
      novaFormat,
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
    expect(decodeReply(json, claude, JSON.stringify(json))).toBeUndefined();
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

describe('the blocks of a stream', () => {
  type Delta = readonly [index: number, delta: JsonObject];
  const decodeDeltas = (deltas: readonly Delta[], answerTool?: string, calls: readonly JsonObject[] = []) => {
    const decoder = new AnswerDecoder({ answerTool, reasoningFormat: claudeFormat });
    const decoded = deltas.flatMap(([contentBlockIndex, delta]) =>
      decoder.decode('contentBlockDelta', { contentBlockIndex, delta }),
    );
    const called = calls.flatMap((toolUse, index) => {
      const contentBlockIndex = 100 + index;
      return [
        ...decoder.decode('contentBlockStart', { contentBlockIndex, start: { toolUse } }),
        ...decoder.decode('contentBlockDelta', { contentBlockIndex, delta: { toolUse: { input: '{"a":1}' } } }),
        ...decoder.decode('contentBlockStop', { contentBlockIndex }),
      ];
    });
    return [...decoded, ...called, ...decoder.decode('messageStop', { stopReason: 'tool_use' })];
  };
  const thinking = (text: string): JsonObject => ({ reasoningContent: { text } });

  it('go from one kind to another without a new index, and lose nothing', () => {
    const [choice] = toPlainAnswer(
      decodeDeltas([
        [0, { text: '' }],
        [0, thinking('One. ')],
        [0, { text: 'A' }],
        [0, thinking('Two.')],
        [0, { text: 'B' }],
      ]),
    ).choices;
    expect(choice).toMatchObject({ content: 'AB', reasoning: 'One. Two.' });
  });

  it('join the pieces of encrypted reasoning to one blob', () => {
    const blob = Buffer.from('EqoBCkgIBx');
    const pieces = [blob.subarray(0, 4), blob.subarray(4)].map((part): Delta => {
      return [0, { reasoningContent: { redactedContent: part.toString('base64') } }];
    });
    const details = decodeDeltas(pieces).flatMap((event) =>
      event.kind === 'delta' ? event.delta.reasoningDetails : [],
    );
    expect(details).toMatchObject([
      { type: 'reasoning.encrypted', format: claudeFormat, data: 'EqoBCkgIBx', index: 0 },
    ]);
  });

  it('keep no encrypted reasoning without end', () => {
    const piece = { reasoningContent: { redactedContent: 'AAAA'.repeat(100_000) } };
    expect(decodeDeltas(Array.from({ length: 8 }, (): Delta => [0, piece])).map(({ kind }) => kind)).toEqual([
      'finish',
    ]);
  });

  it('have words around the answer’s tool only where the answer does not come', () => {
    const words: Delta[] = [[0, { text: 'Here it is: ' }]];
    const answer = { name: 'answer', toolUseId: 'a' };
    expect(toPlainAnswer(decodeDeltas(words, 'answer', [answer])).choices).toMatchObject([{ content: '{"a":1}' }]);
    expect(toPlainAnswer(decodeDeltas(words, 'answer')).choices).toMatchObject([{ content: 'Here it is: ' }]);
    expect(
      decode([{ toolUse: { ...answer, input: { a: 1 } } }, { text: 'Done.' }], {}, { ...claude, answerTool: 'answer' }),
    ).toEqual(decode([{ toolUse: { ...answer, input: { a: 1 } } }], {}, { ...claude, answerTool: 'answer' }));
  });
});

describe('the terms of a model other than Claude', () => {
  it('are those of its maker', () => {
    const profile = (id: string) => `arn:aws:bedrock:us-east-1:123456789012:application-inference-profile/${id}`;
    expect(
      [
        'us.amazon.nova-2-lite-v1:0',
        'global.openai.gpt-5.1-v1:0',
        'openai.gpt-oss-120b-1:0',
        'moonshot.kimi-k2-thinking',
        'arn:aws:bedrock:us-east-1::foundation-model/deepseek.r1-v1:0',
      ].map(bedrockFormatOf),
    ).toEqual(['nova', 'openai', 'openai', 'moonshot', 'deepseek'].map((family) => `amazon-bedrock-v1/${family}`));
    expect(bedrockFormatOf(profile('abc'))).toMatch(/^amazon-bedrock-v1\/[0-9a-f]{12}$/);
    expect(bedrockFormatOf(profile('abc'))).not.toBe(bedrockFormatOf(profile('abd')));
  });
});
