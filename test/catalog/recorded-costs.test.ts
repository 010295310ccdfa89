import { expect, it } from 'vitest';
import type { Usage } from '../../gen/signalbox/chat/v1/usage_pb.ts';
import { computeCost } from '../../src/catalog/compute-cost.ts';
import type { PriceTable } from '../../src/catalog/model-prices.ts';
import { isJsonObject, type JsonObject } from '../../src/core/json.ts';
import { UsageDecoder } from '../../src/dialects/anthropic-messages/decode-usage.ts';
import { decodeUsage as decodeBedrockUsage } from '../../src/dialects/bedrock-converse/decode-usage.ts';
import { decodeUsage as decodeCohereUsage } from '../../src/dialects/cohere-v2/decode-usage.ts';
import { decodeUsage as decodeGeminiUsage } from '../../src/dialects/gemini/decode-usage.ts';
import { decodeUsage as decodeOpenaiUsage } from '../../src/dialects/openai-chat/decode-usage.ts';
import { objectOf } from '../../src/dialects/read-values.ts';
import { describeRecordedTraffic, type RecordedCase } from '../support/recorded-traffic.ts';

/** The usage that the last of an answer's objects with any has. */
type Decode = (replies: readonly JsonObject[]) => Usage | undefined;

const openai = last(decodeOpenaiUsage);
const gemini = last((reply) => decodeGeminiUsage(reply['usageMetadata']));
const bedrock = last((reply) => decodeBedrockUsage(reply['usage'], undefined));
const cohere = last((reply) => decodeCohereUsage(reply['usage']));

function last(decode: (reply: JsonObject) => Usage | undefined): Decode {
  return (replies) => replies.map(decode).findLast((usage) => usage !== undefined);
}

function anthropic(replies: readonly JsonObject[]): Usage | undefined {
  const decoder = new UsageDecoder();
  for (const reply of replies) decoder.add(reply['usage'] ?? objectOf(reply['message'])['usage']);
  return decoder.usage;
}

/** The JSON of an answer: one object, or one in each event of a stream. */
function readReplies(recorded: RecordedCase): JsonObject[] {
  const body = recorded.readBody().toString('utf8');
  const texts =
    recorded.kind === 'unary' ? [body] : Array.from(body.matchAll(/^data: *(\{.*)$/gm), ([, json]) => json ?? '');
  return texts.map((text) => JSON.parse(text)).filter(isJsonObject);
}

/** How a case's name begins, the prices of its model by the provider's page, and the sum by hand, in millionths of a USD. */
const recordings: readonly (readonly [name: string, decode: Decode, prices: PriceTable, cost: number])[] = [
  // 126 read, 1024 of them from the cache, and 271 written.
  [
    'openai/unary-cached-gpt-4o-mini-',
    openai,
    { input_mtok: 0.15, cache_read_mtok: 0.075, output_mtok: 0.6 },
    126 * 0.15 + 1024 * 0.075 + 271 * 0.6,
  ],
  // One token of 28 was heard.
  [
    'openai/unary-audioin-gpt-4o-audio-preview-',
    openai,
    { input_mtok: 2.5, output_mtok: 10, input_audio_mtok: 40, output_audio_mtok: 80 },
    27 * 2.5 + 1 * 40 + 17 * 10,
  ],
  // 12 tokens of 18 were spoken.
  [
    'openai/unary-audioout-gpt-4o-mini-audio-preview-',
    openai,
    { input_mtok: 0.15, output_mtok: 0.6, input_audio_mtok: 10, output_audio_mtok: 20 },
    22 * 0.15 + 6 * 0.6 + 12 * 20,
  ],
  // 6 fresh, 6289 from the cache, 3337 to it, in a stream that counts twice.
  [
    'anthropic/stream-codeexec-unknown-anthropic-code-execution-20260120-prompt-cac',
    anthropic,
    { input_mtok: 3, cache_read_mtok: 0.3, cache_write_mtok: 3.75, cache_write_1h_mtok: 6, output_mtok: 15 },
    6 * 3 + 6289 * 0.3 + 3337 * 3.75 + 198 * 15,
  ],
  [
    'bedrock/unary-cachewrite-anthropic.claude-sonnet-4-',
    bedrock,
    { input_mtok: 3, cache_read_mtok: 0.3, cache_write_mtok: 3.75, output_mtok: 15 },
    2 * 3 + 1322 * 3.75 + 5 * 15,
  ],
  // 1394 were read and 55 written, and 8 and 50 are billed.
  ['cohere/unary-cached-command-a-reasoning-08-', cohere, { input_mtok: 2.5, output_mtok: 10 }, 8 * 2.5 + 50 * 10],
  // 9 of text; the audio's 375 are counted beside them.
  [
    'mistral/unary-audioin-voxtral-small-latest-',
    openai,
    { input_mtok: 0.1, output_mtok: 0.3, input_audio_mtok: 4 },
    9 * 0.1 + 375 * 4 + 201 * 0.3,
  ],
  // 15 of the answer and 73 thoughts beside it.
  [
    'vertex/unary-cached-gemini-2.5-flash-',
    gemini,
    { input_mtok: 0.3, cache_read_mtok: 0.03, output_mtok: 2.5 },
    770 * 0.3 + 11243 * 0.03 + 88 * 2.5,
  ],
  [
    'gemini/stream-imageout-gemini-2.5-flash-image-',
    gemini,
    { input_mtok: 0.3, output_mtok: 2.5, output_image_mtok: 30 },
    16 * 0.3 + 17 * 2.5 + 1290 * 30,
  ],
  [
    'gemini/unary-toolresult-gemini-2.5-flash-multimodal-tool-return-matrix-direct-uploade-1',
    gemini,
    { input_mtok: 0.3, cache_read_mtok: 0.03, output_mtok: 2.5, input_audio_mtok: 1, cache_audio_read_mtok: 0.1 },
    85 * 0.3 + 144 * 1 + 17 * 2.5,
  ],
  [
    'groq/unary-toolresult-gpt-oss-120b-',
    openai,
    { input_mtok: 0.15, cache_read_mtok: 0.075, output_mtok: 0.6 },
    80 * 0.15 + 256 * 0.075 + 96 * 0.6,
  ],
  [
    'deepseek/unary-cached-unknown-deepseek-json',
    openai,
    { input_mtok: 0.28, cache_read_mtok: 0.028, output_mtok: 0.42 },
    175 * 0.28 + 320 * 0.028 + 144 * 0.42,
  ],
];

/** Whose answers state what they cost: the same must come of their counts and published prices. */
const stated: readonly (readonly [name: string, prices: PriceTable])[] = [
  // xAI counts reasoning beside the answer.
  ['xai/stream-partools-grok-code-fast-1-', { input_mtok: 0.2, cache_read_mtok: 0.02, output_mtok: 1.5 }],
  ['xai/stream-tool-grok-code-fast-1-', { input_mtok: 0.2, cache_read_mtok: 0.02, output_mtok: 1.5 }],
  ['xai/unary-tool-grok-code-fast-1-', { input_mtok: 0.2, cache_read_mtok: 0.02, output_mtok: 1.5 }],
  ['xai/unary-toolresult-grok-3-mini-', { input_mtok: 0.3, cache_read_mtok: 0.075, output_mtok: 0.5 }],
  ['openrouter/stream-reasoning-claude-sonnet-4.5-', { input_mtok: 3, cache_read_mtok: 0.3, output_mtok: 15 }],
  ['openrouter/stream-reasoning-gpt-5-', { input_mtok: 1.25, cache_read_mtok: 0.125, output_mtok: 10 }],
  ['openrouter/stream-toolresult-grok-4.1-fast-', { input_mtok: 0.2, cache_read_mtok: 0.05, output_mtok: 0.5 }],
];

describeRecordedTraffic('the cost of a recorded answer', '', (cases) => {
  const find = (name: string) => {
    const found = cases.filter((recorded) => recorded.name.startsWith(name));
    expect(found).not.toEqual([]);
    return found.map((recorded) => ({ name: recorded.name, replies: readReplies(recorded) }));
  };

  it.each(recordings)('of %s is that by hand', (name, decode, prices, millionths) => {
    const [recorded] = find(name);
    const usage = decode(recorded?.replies ?? []);
    expect(usage && computeCost(usage, [{ prices }], 0)).toBeCloseTo(millionths / 1e6, 12);
  });

  it.each(stated)('of %s is what the provider states', (name, prices) => {
    for (const { name: found, replies } of find(name)) {
      const usage = openai(replies);
      expect(usage?.cost, found).toBeGreaterThan(0);
      expect(usage && computeCost(usage, [{ prices }], 0), found).toBeCloseTo(usage?.cost ?? Number.NaN, 12);
    }
  });
});
