import { isDeepStrictEqual } from 'node:util';
import type { ChatCompletionRequest } from '../gen/signalbox/chat/v1/chat_completion_request_pb.ts';
import { SignalboxError } from '../src/core/errors.ts';
import type { JsonObject } from '../src/core/json.ts';
import { encodeRequest as encodeAnthropicMessages } from '../src/dialects/anthropic-messages/encode-request.ts';
import { encodeRequest as encodeBedrockConverse } from '../src/dialects/bedrock-converse/encode-request.ts';
import { listRemoteImages as listBedrockImages } from '../src/dialects/bedrock-converse/media.ts';
import { encodeRequest as encodeCohere } from '../src/dialects/cohere-v2/encode-request.ts';
import { encodeRequest as encodeGemini } from '../src/dialects/gemini/encode-request.ts';
import { listRemoteImages as listGeminiImages } from '../src/dialects/gemini/media.ts';
import { decodeRequest } from '../src/dialects/openai-chat/decode-request.ts';
import { encodeRequest as encodeOpenAiChat } from '../src/dialects/openai-chat/encode-request.ts';
import type { InlineMedia, RemoteImage } from '../src/dialects/remote-images.ts';
import { isOpenAiChatKind } from '../src/providers/openai-chat-kind.ts';
import type { ProviderKind } from '../src/providers/provider.ts';

/**
 * What becomes of a feature of a request: it is sent; it is not, and the rest is; something else is sent in its place, or a part of it, with
 * a warning; the candidate is given up.
 */
export type Support = 'yes' | 'left out' | 'changed' | 'refused';

/** What one kind of provider makes of each feature, told by one of its models. */
export interface KindSupport {
  readonly kind: string;
  readonly model: string;
  /** In the order of {@link supportFeatures}. */
  readonly cells: readonly Support[];
}

/** A feature as two requests, which differ in it alone. */
interface Probe {
  readonly feature: string;
  readonly without: JsonObject;
  readonly with: JsonObject;
}

interface Encoded {
  readonly body: JsonObject;
  readonly warnings: readonly string[];
}

type Encode = (request: ChatCompletionRequest, source: JsonObject) => Encoded;

/** The model that a kind is probed with: what a request may have depends on it. */
const models: ReadonlyMap<string, string> = new Map([
  ['openai', 'gpt-4o'],
  ['google-ai-studio', 'gemini-2.5-flash'],
  ['google-vertex', 'gemini-2.5-flash'],
  ['anthropic', 'claude-sonnet-4-5'],
  ['bedrock', 'us.anthropic.claude-sonnet-4-5-20250929-v1:0'],
  ['cohere', 'command-a-03-2025'],
  ['groq', 'openai/gpt-oss-120b'],
  ['azure', 'gpt-4o'],
  ['mistral', 'mistral-large-latest'],
  ['xai', 'grok-4'],
  ['deepseek', 'deepseek-chat'],
  ['openrouter', 'openai/gpt-4o'],
  ['together', 'meta-llama/Llama-3.3-70B-Instruct-Turbo'],
  ['fireworks', 'accounts/fireworks/models/gpt-oss-120b'],
  ['cerebras', 'gpt-oss-120b'],
  ['perplexity', 'sonar-pro'],
  ['deepinfra', 'meta-llama/Llama-3.3-70B-Instruct'],
  ['moonshot', 'kimi-k2-0905-preview'],
  ['zai', 'glm-4.6'],
  ['alibaba', 'qwen-plus'],
  ['huggingface', 'openai/gpt-oss-120b'],
  ['nebius', 'openai/gpt-oss-120b'],
  ['vllm', 'openai/gpt-oss-120b'],
  ['ollama', 'gpt-oss:20b'],
  ['llamacpp', 'gpt-oss-20b'],
  ['lmstudio', 'openai/gpt-oss-20b'],
  ['openai-compatible', 'some-model'],
]);

const text = { type: 'text', text: 'What is this?' };
const plain = askWith([text]);
const schema = {
  type: 'object',
  properties: { city: { type: 'string' } },
  required: ['city'],
  additionalProperties: false,
};
const withTool = {
  ...plain,
  tools: [
    { type: 'function', function: { name: 'find_weather', description: 'Finds the weather.', parameters: schema } },
  ],
};

const probes: readonly Probe[] = [
  probePart('image (https)', { type: 'image_url', image_url: { url: 'https://example.com/image.png' } }),
  probePart('image (data)', { type: 'image_url', image_url: { url: 'data:image/png;base64,iVBORw0KGgo=' } }),
  probePart('audio', { type: 'input_audio', input_audio: { data: 'UklGRg==', format: 'wav' } }),
  probePart('PDF', {
    type: 'file',
    file: { filename: 'report.pdf', file_data: 'data:application/pdf;base64,JVBERi0xLjQ=' },
  }),
  { feature: 'tools', without: plain, with: withTool },
  {
    feature: 'forced tool',
    without: withTool,
    with: { ...withTool, tool_choice: { type: 'function', function: { name: 'find_weather' } } },
  },
  probeField('`json_schema`', {
    response_format: { type: 'json_schema', json_schema: { name: 'place', schema, strict: true } },
  }),
  probeField('reasoning effort', { reasoning_effort: 'high' }),
  probeField('reasoning budget', { reasoning: { max_tokens: 2048 } }),
  { feature: '`cache_control`', without: plain, with: askWith([{ ...text, cache_control: { type: 'ephemeral' } }]) },
  probeField('`web_search_options`', { web_search_options: {} }),
  probeField('`n`', { n: 2 }),
  probeField('`seed`', { seed: 1 }),
  probeField('`stop`', { stop: ['END'] }),
  probeField('penalties', { presence_penalty: 0.5, frequency_penalty: 0.5 }),
  probeField('`logprobs`', { logprobs: true }),
];

/** The names of the features, as Markdown. */
export const supportFeatures: readonly string[] = probes.map(({ feature }) => feature);

/**
 * Finds out what a kind of provider makes of each feature: a request that has nothing else is encoded as for a call.
 *
 * @throws Error when no model is known for the kind, or no encoder.
 */
export function probeSupport(kind: ProviderKind): KindSupport {
  const model = models.get(kind.kind);
  if (model === undefined) throw new Error(`Name a model of "${kind.kind}" in scripts/probe-support.ts.`);
  const encode = createEncode(kind, model);
  return { kind: kind.kind, model, cells: probes.map((probe) => compare(probe, model, encode)) };
}

function createEncode(kind: ProviderKind, model: string): Encode {
  if (isOpenAiChatKind(kind)) {
    const { quirks } = kind;
    return (request, source) => encodeOpenAiChat(request, { model, stream: false, source, quirks });
  }
  switch (kind.kind) {
    case 'anthropic':
      return (request, source) => encodeAnthropicMessages(request, { model, stream: false, source });
    case 'google-ai-studio':
    case 'google-vertex':
      return (request, source) =>
        encodeGemini(request, { model, source, fetched: standInForFetched(listGeminiImages(request)) });
    case 'bedrock':
      return (request, source) =>
        encodeBedrockConverse(request, { model, source, fetched: standInForFetched(listBedrockImages(request)) });
    case 'cohere':
      return (request, source) => encodeCohere(request, { model, stream: false, source });
    default:
      throw new Error(`Name the encoder of "${kind.kind}" in scripts/probe-support.ts.`);
  }
}

/** The gateway fetches these images before it encodes; nothing is fetched here. */
function standInForFetched(images: readonly RemoteImage[]): ReadonlyMap<string, InlineMedia> {
  return new Map(images.map(({ url }) => [url, { mimeType: 'image/png', data: 'iVBORw0KGgo=' }]));
}

function compare(probe: Probe, model: string, encode: Encode): Support {
  const run = (json: JsonObject) => {
    const source = { model, ...json };
    return encode(decodeRequest(source), source);
  };
  try {
    const before = run(probe.without);
    const after = run(probe.with);
    // `cache_control` is left out without a word, so that warnings alone do not tell.
    if (isDeepStrictEqual(after.body, before.body)) return 'left out';
    return after.warnings.some((warning) => !before.warnings.includes(warning)) ? 'changed' : 'yes';
  } catch (thrown) {
    if (isRefusal(thrown)) return 'refused';
    throw thrown;
  }
}

function isRefusal(thrown: unknown): boolean {
  return (
    thrown instanceof SignalboxError &&
    (thrown.reason === 'REQUEST_UNSUPPORTED' || thrown.reason === 'PROVIDER_REFUSED')
  );
}

function probeField(feature: string, fields: JsonObject): Probe {
  return { feature, without: plain, with: { ...plain, ...fields } };
}

function probePart(feature: string, part: JsonObject): Probe {
  return { feature, without: plain, with: askWith([text, part]) };
}

function askWith(content: JsonObject[]): JsonObject {
  return { messages: [{ role: 'user', content }] };
}
