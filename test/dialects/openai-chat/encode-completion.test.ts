import { create } from '@bufbuild/protobuf';
import { describe, expect, it } from 'vitest';
import { ChatCompletionSchema } from '../../../gen/signalbox/chat/v1/chat_completion_pb.ts';
import { encodeCompletion } from '../../../src/dialects/openai-chat/encode-completion.ts';

const envelope = { id: 'chatcmpl-1', created: 1_700_000_000n, model: 'openai/gpt-5' };

describe('encodeCompletion', () => {
  it('encodes a plain answer as the API shows it', () => {
    const completion = create(ChatCompletionSchema, {
      ...envelope,
      choices: [{ index: 0, message: { role: 'assistant', content: 'Hello!' }, finishReason: 'stop' }],
      usage: { promptTokens: 9, completionTokens: 9, totalTokens: 18 },
      metadata: {
        attempts: [{ model: 'openai/gpt-5', success: true, timeToFirstTokenMs: 428 }],
        generationId: '9b365b38-f09f-46d1-8c77-99b28c8b74bf',
        reasoning: 'Because.',
        totalDurationMs: 472,
      },
    });
    expect(encodeCompletion(completion)).toEqual({
      id: 'chatcmpl-1',
      object: 'chat.completion',
      created: 1_700_000_000,
      model: 'openai/gpt-5',
      choices: [
        {
          index: 0,
          message: { role: 'assistant', content: 'Hello!', refusal: null },
          logprobs: null,
          finish_reason: 'stop',
        },
      ],
      usage: { prompt_tokens: 9, completion_tokens: 9, total_tokens: 18 },
      metadata: {
        attempts: [{ model: 'openai/gpt-5', success: true, time_to_first_token_ms: 428 }],
        generation_id: '9b365b38-f09f-46d1-8c77-99b28c8b74bf',
        reasoning: 'Because.',
        total_duration_ms: 472,
      },
    });
  });

  it('encodes all that an answer can have', () => {
    const completion = create(ChatCompletionSchema, {
      ...envelope,
      serviceTier: 'flex',
      systemFingerprint: 'fp_1',
      choices: [
        {
          index: 0,
          message: {
            role: 'assistant',
            reasoningContent: 'Hm.',
            refusal: 'No.',
            toolCalls: [
              { id: 'c', type: 'function', function: { name: 'f', arguments: '{ "a": 1.0 }' } },
              { id: 'd', type: 'custom', custom: { name: 'grep', input: 'x' } },
            ],
            annotations: [{ type: 'url_citation', urlCitation: { url: 'https://a', title: 'A', content: 'x' } }],
            images: [{ type: 'image_url', imageUrl: { url: 'data:,a' } }],
            audio: { id: 'a', expiresAt: 1_700_000_000n },
          },
          finishReason: 'tool_calls',
          nativeFinishReason: 'tool_use',
          logprobs: {
            refusal: [
              { token: 'No', logprob: -1, topLogprobs: [{ token: 'N', logprob: -2, bytes: Uint8Array.of(78) }] },
            ],
          },
        },
        { index: 1, message: { role: 'assistant', content: '' }, finishReason: 'length' },
      ],
      usage: {
        promptTokens: 9,
        promptTokensDetails: { cachedTokens: 0, cacheWriteTokens: 2, audioTokens: 1, cacheWrite1hTokens: 1 },
        completionTokensDetails: { reasoningTokens: 4, acceptedPredictionTokens: 0, rejectedPredictionTokens: 1 },
        cost: 0.001,
      },
      metadata: {
        generationId: 'g',
        router: 'my-router',
        routeId: 'r',
        variantId: 'v',
        warnings: ['top_k was left out.'],
      },
    });
    expect(encodeCompletion(completion)).toMatchObject({
      service_tier: 'flex',
      system_fingerprint: 'fp_1',
      choices: [
        {
          message: {
            role: 'assistant',
            content: null,
            reasoning_content: 'Hm.',
            refusal: 'No.',
            tool_calls: [
              { id: 'c', type: 'function', function: { name: 'f', arguments: '{ "a": 1.0 }' } },
              { id: 'd', type: 'custom', custom: { name: 'grep', input: 'x' } },
            ],
            annotations: [{ type: 'url_citation', url_citation: { url: 'https://a', title: 'A', content: 'x' } }],
            images: [{ type: 'image_url', image_url: { url: 'data:,a' } }],
            audio: { id: 'a', expires_at: 1_700_000_000 },
          },
          logprobs: {
            content: null,
            refusal: [
              {
                token: 'No',
                logprob: -1,
                bytes: null,
                top_logprobs: [{ token: 'N', logprob: -2, bytes: [78] }],
              },
            ],
          },
          finish_reason: 'tool_calls',
          native_finish_reason: 'tool_use',
        },
        { index: 1, message: { role: 'assistant', content: '', refusal: null }, finish_reason: 'length' },
      ],
      metadata: { router: 'my-router', route_id: 'r', variant_id: 'v', warnings: ['top_k was left out.'] },
    });
    // What is not known is absent, never zero.
    expect(encodeCompletion(completion)['usage']).toStrictEqual({
      prompt_tokens: 9,
      prompt_tokens_details: { cached_tokens: 0, cache_write_tokens: 2, audio_tokens: 1, cache_write_1h_tokens: 1 },
      completion_tokens_details: { reasoning_tokens: 4, accepted_prediction_tokens: 0, rejected_prediction_tokens: 1 },
      cost: 0.001,
    });
  });

  it('leaves out usage and metadata that are not there', () => {
    const json = encodeCompletion(create(ChatCompletionSchema, envelope));
    expect(json).toStrictEqual({ ...envelope, object: 'chat.completion', created: 1_700_000_000, choices: [] });
  });
});
