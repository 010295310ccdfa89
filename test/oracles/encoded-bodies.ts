import fc from 'fast-check';
import { SignalboxError } from '../../src/core/errors.ts';
import type { JsonObject } from '../../src/core/json.ts';
import { encodeRequest as encodeAnthropic } from '../../src/dialects/anthropic-messages/encode-request.ts';
import { encodeRequest as encodeBedrock } from '../../src/dialects/bedrock-converse/encode-request.ts';
import { encodeRequest as encodeCohere } from '../../src/dialects/cohere-v2/encode-request.ts';
import { encodeRequest as encodeGemini } from '../../src/dialects/gemini/encode-request.ts';
import { decodeRequest } from '../../src/dialects/openai-chat/decode-request.ts';
import { encodeRequest as encodeOpenAi } from '../../src/dialects/openai-chat/encode-request.ts';
import type { InlineMedia } from '../../src/dialects/remote-images.ts';
import { openai } from '../../src/providers/openai/index.ts';
import type { NamedBody } from './check-bodies.ts';
import { generatedChat, pixel } from './generated-chats.ts';
import { anthropicType, bedrockType, cohereType, geminiType, openaiType, type WireType } from './wire-types.ts';

/** An encoder, with the models that it is asked for and the type that its bodies must be of. */
export interface EncoderUnderTest {
  readonly type: WireType;
  readonly models: readonly string[];
  readonly encode: (source: JsonObject, model: string, stream: boolean) => JsonObject;
  /** Bodies that the type must not take, or the test would hold nothing. */
  readonly wrong: readonly JsonObject[];
}

/** The image that generated requests name by its address. */
const fetched: ReadonlyMap<string, InlineMedia> = new Map([
  ['https://example.com/a.png', { mimeType: 'image/png', data: pixel }],
]);

export const encodersUnderTest: readonly EncoderUnderTest[] = [
  {
    type: anthropicType,
    models: ['claude-3-5-haiku-20241022', 'claude-sonnet-4-20250514', 'claude-opus-4-6', 'claude-opus-4-8'],
    encode: (source, model, stream) => encodeAnthropic(decodeRequest(source), { model, stream, source }).body,
    wrong: [
      { model: 'm', messages: [] },
      { model: 'm', max_tokens: 1, messages: [{ role: 'tool', content: 'Hi' }] },
      { model: 'm', max_tokens: 1, messages: [], thinking: { type: 'enabled', budget: 1 } },
      { model: 'm', max_tokens: 1, messages: [{ role: 'user', content: [{ type: 'text', txt: 'Hi' }] }] },
    ],
  },
  {
    type: geminiType,
    models: ['gemini-2.0-flash', 'gemini-2.5-pro', 'gemini-2.5-flash-lite', 'gemini-3-pro-preview'],
    encode: (source, model) => encodeGemini(decodeRequest(source), { model, source, fetched }).body,
    wrong: [
      {},
      { contents: [{ role: 'user', parts: [{ txt: 'Hi' }] }] },
      { contents: [], generationConfig: { max_tokens: 1 } },
      { contents: [], generationConfig: { thinkingConfig: { thinkingLevel: 'EXTREME' } } },
      { contents: [], toolConfig: { functionCallingConfig: { mode: 'any' } } },
    ],
  },
  {
    type: openaiType,
    models: ['gpt-4o', 'gpt-5'],
    encode: (source, model, stream) =>
      encodeOpenAi(decodeRequest(source), { model, stream, source, quirks: openai.quirks }).body,
    wrong: [
      { model: 'm' },
      { model: 'm', messages: [{ role: 'model', content: 'Hi' }] },
      { model: 'm', messages: [], reasoning: { effort: 'low' } },
      { model: 'm', messages: [], tool_choice: 'any' },
    ],
  },
  {
    type: cohereType,
    models: ['command-a-03-2025', 'command-a-reasoning-08-2025'],
    encode: (source, model, stream) => encodeCohere(decodeRequest(source), { model, stream, source }).body,
    wrong: [
      { model: 'm' },
      { model: 'm', messages: [{ role: 'model', content: 'Hi' }] },
      { model: 'm', messages: [], top_p: 1 },
      { model: 'm', messages: [], thinking: { type: 'enabled', budget: 1 } },
    ],
  },
  {
    type: bedrockType,
    models: [
      'us.anthropic.claude-sonnet-4-20250514-v1:0',
      'us.anthropic.claude-opus-4-6-v1',
      'amazon.nova-pro-v1:0',
      'us.amazon.nova-2-lite-v1:0',
      'openai.gpt-oss-120b-1:0',
      'us.deepseek.r1-v1:0',
    ],
    encode: (source, model) => encodeBedrock(decodeRequest(source), { model, source, fetched }).body,
    wrong: [
      { messages: [{ role: 'tool', content: [] }] },
      { messages: [{ role: 'user', content: [{ txt: 'Hi' }] }] },
      { messages: [], inferenceConfig: { max_tokens: 1 } },
      { messages: [], toolConfig: { tools: [{ toolSpec: { name: 'now' } }] } },
    ],
  },
];

/** The same in every run: what fails must fail again. */
const seed = 20_240_813;

/** Encodes generated requests for each of an encoder's models. Those that the provider cannot take are left out. */
export function encodeGenerated({ type, models, encode }: EncoderUnderTest, count: number): NamedBody[] {
  const bodies: NamedBody[] = [];
  for (const model of models) {
    for (const [index, chat] of fc.sample(generatedChat, { numRuns: count, seed }).entries()) {
      const source = { model: `any/${model}`, ...chat };
      try {
        const body = encode(source, model, index % 2 === 0);
        bodies.push({ name: `${type.name}, ${model}, of ${JSON.stringify(source)}`, body });
      } catch (error) {
        if (!(error instanceof SignalboxError)) throw error;
      }
    }
  }
  return bodies;
}
