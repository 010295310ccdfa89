import { create } from '@bufbuild/protobuf';
import { describe, expect, it } from 'vitest';
import {
  type ChatCompletionSlice,
  ChatCompletionSliceSchema,
  DeltaSchema,
  FinishSchema,
  HeadSchema,
} from '../../../gen/signalbox/chat/v1/chat_completion_slice_pb.ts';
import type { JsonObject } from '../../../src/core/json.ts';
import { ChunkEncoder } from '../../../src/dialects/openai-chat/chunk-encoder.ts';

type Init<Schema extends typeof DeltaSchema | typeof FinishSchema | typeof HeadSchema> = Parameters<
  typeof create<Schema>
>[1];

function head(more: Init<typeof HeadSchema> = {}): ChatCompletionSlice {
  const value = { id: 'chatcmpl-1', created: 1_700_000_000n, model: 'openai/gpt-5', generationId: 'g-1', ...more };
  return create(ChatCompletionSliceSchema, { slice: { case: 'head', value: create(HeadSchema, value) } });
}

function delta(value: Init<typeof DeltaSchema>): ChatCompletionSlice {
  return create(ChatCompletionSliceSchema, { slice: { case: 'delta', value: create(DeltaSchema, value) } });
}

function finish(value: Init<typeof FinishSchema>): ChatCompletionSlice {
  return create(ChatCompletionSliceSchema, { slice: { case: 'finish', value: create(FinishSchema, value) } });
}

const metadata = {
  attempts: [
    { model: 'groq/llama', success: false, errorMessage: 'groq limits the rate.', errorCode: 'PROVIDER_RATE_LIMITED' },
    { model: 'openai/gpt-5', success: true, timeToFirstTokenMs: 0, warnings: ['top_k was left out.'] },
  ],
  generationId: 'g-1',
  reasoning: 'Because.',
  totalDurationMs: 34,
};
const metadataJson = {
  attempts: [
    {
      model: 'groq/llama',
      success: false,
      error_message: 'groq limits the rate.',
      error_code: 'PROVIDER_RATE_LIMITED',
    },
    { model: 'openai/gpt-5', success: true, time_to_first_token_ms: 0, warnings: ['top_k was left out.'] },
  ],
  generation_id: 'g-1',
  reasoning: 'Because.',
  total_duration_ms: 34,
};
const usage = { promptTokens: 3, completionTokens: 0, totalTokens: 3, promptTokensDetails: { cachedTokens: 0 } };
const usageJson = {
  prompt_tokens: 3,
  completion_tokens: 0,
  total_tokens: 3,
  prompt_tokens_details: { cached_tokens: 0 },
};

const envelope = { id: 'chatcmpl-1', object: 'chat.completion.chunk', created: 1_700_000_000, model: 'openai/gpt-5' };

function encode(slices: readonly ChatCompletionSlice[], includeUsage = false): JsonObject[] {
  const encoder = new ChunkEncoder(includeUsage);
  return slices.flatMap((slice) => encoder.encode(slice));
}

/** One chunk with one choice. */
function chunk(choice: object, more: object = {}): object {
  return { ...envelope, choices: [{ index: 0, finish_reason: null, ...choice }], ...more };
}

const role = chunk({ delta: { role: 'assistant', content: '' } });

describe('ChunkEncoder', () => {
  it('opens with the role, and ends with metadata and usage on the finishing chunk', () => {
    const end = finish({ choices: [{ index: 0, finishReason: 'stop' }], usage, metadata });
    expect(encode([head(), delta({ content: 'Hel' }), delta({ content: 'lo' }), end])).toEqual([
      role,
      chunk({ delta: { content: 'Hel' } }),
      chunk({ delta: { content: 'lo' } }),
      chunk({ delta: {}, finish_reason: 'stop' }, { metadata: metadataJson, usage: usageJson }),
    ]);
  });

  it('gives usage in a chunk of its own where that was asked for', () => {
    const end = finish({ choices: [{ index: 0, finishReason: 'stop' }], usage, metadata });
    expect(encode([head(), delta({ content: 'Hi' }), end], true).slice(2)).toEqual([
      chunk({ delta: {}, finish_reason: 'stop' }, { metadata: metadataJson }),
      { ...envelope, choices: [], usage: usageJson },
    ]);
  });

  it.each([true, false])('says nothing of usage that nobody reported (include_usage: %s)', (includeUsage) => {
    const chunks = encode([head(), finish({ choices: [{ finishReason: 'stop' }], metadata })], includeUsage);
    expect(chunks).toEqual([role, chunk({ delta: {}, finish_reason: 'stop' }, { metadata: metadataJson })]);
  });

  it('opens each of several choices once, and finishes each', () => {
    const chunks = encode([
      head(),
      delta({ index: 1, content: 'b' }),
      delta({ index: 0, content: 'a' }),
      delta({ index: 1, content: 'B' }),
      finish({
        choices: [
          { index: 0, finishReason: 'stop' },
          { index: 1, finishReason: 'length' },
          { index: 2, finishReason: 'content_filter', nativeFinishReason: 'SAFETY' },
        ],
        usage,
        metadata,
      }),
    ]);
    expect(chunks).toEqual([
      chunk({ index: 1, delta: { role: 'assistant', content: '' } }),
      chunk({ index: 1, delta: { content: 'b' } }),
      chunk({ index: 0, delta: { role: 'assistant', content: '' } }),
      chunk({ index: 0, delta: { content: 'a' } }),
      chunk({ index: 1, delta: { content: 'B' } }),
      chunk({ index: 2, delta: { role: 'assistant', content: '' } }),
      chunk({ index: 0, delta: {}, finish_reason: 'stop' }),
      chunk({ index: 1, delta: {}, finish_reason: 'length' }),
      chunk(
        { index: 2, delta: {}, finish_reason: 'content_filter', native_finish_reason: 'SAFETY' },
        { metadata: metadataJson, usage: usageJson },
      ),
    ]);
  });

  it('gives annotations on the finishing chunk of their choice', () => {
    const urlCitation = { url: 'https://a', title: 'A', startIndex: 0, endIndex: 5 };
    const annotations = [
      { type: 'url_citation', urlCitation },
      { type: 'url_citation', urlCitation: { url: 'https://b' } },
    ];
    const [, last] = encode([head(), finish({ choices: [{ finishReason: 'stop', annotations }], metadata })]);
    expect(last).toMatchObject({
      choices: [
        {
          finish_reason: 'stop',
          delta: {
            annotations: [
              { type: 'url_citation', url_citation: { url: 'https://a', title: 'A', start_index: 0, end_index: 5 } },
              { type: 'url_citation', url_citation: { url: 'https://b', title: '' } },
            ],
          },
        },
      ],
    });
  });

  it('encodes what a delta can say', () => {
    const chunks = encode([
      head(),
      delta({ reasoningContent: 'Hm.' }),
      delta({ refusal: 'No.' }),
      delta({ toolCalls: [{ index: 0, id: 'c', type: 'function', function: { name: 'f', arguments: '' } }] }),
      delta({ toolCalls: [{ index: 0, function: { arguments: '{}' } }] }),
      delta({ toolCalls: [{ index: 1, id: 'd', type: 'custom', custom: { name: 'grep', input: 'x' } }] }),
      delta({ images: [{ type: 'image_url', imageUrl: { url: 'data:,a' } }] }),
      delta({ audio: { id: 'a', data: 'AAAA', transcript: 'Hi', expiresAt: 1_700_000_000n } }),
      delta({ content: 'Hi', logprobs: { content: [{ token: 'Hi', logprob: -1, bytes: Uint8Array.of(72) }] } }),
    ]);
    expect(chunks).toEqual([
      role,
      chunk({ delta: { reasoning_content: 'Hm.' } }),
      chunk({ delta: { refusal: 'No.' } }),
      chunk({
        delta: { tool_calls: [{ index: 0, id: 'c', type: 'function', function: { name: 'f', arguments: '' } }] },
      }),
      chunk({ delta: { tool_calls: [{ index: 0, function: { arguments: '{}' } }] } }),
      chunk({ delta: { tool_calls: [{ index: 1, id: 'd', type: 'custom', custom: { name: 'grep', input: 'x' } }] } }),
      chunk({ delta: { images: [{ type: 'image_url', image_url: { url: 'data:,a' } }] } }),
      chunk({ delta: { audio: { id: 'a', data: 'AAAA', transcript: 'Hi', expires_at: 1_700_000_000 } } }),
      chunk({
        delta: { content: 'Hi' },
        logprobs: { content: [{ token: 'Hi', logprob: -1, bytes: [72], top_logprobs: [] }], refusal: null },
      }),
    ]);
  });

  it('puts what the provider says of the answer on every chunk', () => {
    const chunks = encode([head({ serviceTier: 'flex', systemFingerprint: 'fp_1' }), delta({ content: 'Hi' })]);
    expect(chunks).toHaveLength(2);
    for (const one of chunks) expect(one).toMatchObject({ service_tier: 'flex', system_fingerprint: 'fp_1' });
  });

  it('makes nothing of a head alone, and of an empty slice', () => {
    expect(encode([head(), create(ChatCompletionSliceSchema)])).toEqual([]);
  });
});
