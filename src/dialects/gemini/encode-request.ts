import type { ChatCompletionRequest } from '../../../gen/signalbox/chat/v1/chat_completion_request_pb.ts';
import type { JsonObject } from '../../core/json.ts';
import { tellFinalJson } from '../answer-form.ts';
import type { InlineMedia } from '../remote-images.ts';
import { setKnown } from '../set-known.ts';
import { listUnknownNestedFields, listUnreadFields } from '../unknown-fields.ts';
import { Warnings } from '../warnings.ts';
import { adaptSchema } from './adapt-schema.ts';
import { encodeContents } from './encode-contents.ts';
import { encodeThinking } from './encode-thinking.ts';
import { encodeTools } from './encode-tools.ts';
import { type GeminiModel, parseModel } from './gemini-model.ts';

/** A request in Gemini's terms. */
export interface EncodedRequest {
  readonly body: JsonObject;
  /** What was left out or changed, one sentence each. */
  readonly warnings: readonly string[];
}

/** What a request is encoded for. */
export interface EncodeOptions {
  /** The model's name at the provider. */
  readonly model: string;
  /** The client's JSON, where it came as JSON: its fields that nothing reads are named. */
  readonly source: JsonObject | undefined;
  /** The images that `listRemoteImages` lists, by address. */
  readonly fetched: ReadonlyMap<string, InlineMedia>;
}

/** How many things of a long conversation are told of one by one. */
const maxWarnings = 20;

/**
 * Encodes a request for `generateContent` and `streamGenerateContent` (ai.google.dev/api/generate-content), on AI Studio and Vertex AI.
 *
 * `cache_control` is not sent: Gemini caches on its own (ai.google.dev/gemini-api/docs/caching), and explicit caches are made by calls of
 * their own.
 *
 * @throws SignalboxError REQUEST_UNSUPPORTED for what no Gemini model can do and what cannot be left out, and PROVIDER_REFUSED for content that is
 *   wrong in itself.
 */
export function encodeRequest(request: ChatCompletionRequest, options: EncodeOptions): EncodedRequest {
  const warnings = new Warnings();
  const model = parseModel(options.model);
  const { contents, systemInstruction } = encodeContents(request.messages, {
    model,
    fetched: options.fetched,
    warnings,
  });
  const { tools, toolConfig } = encodeTools(request, model, warnings);
  const generationConfig = encodeGenerationConfig(request, model, warnings);
  const form = encodeForm(request, model, tools.length > 0, generationConfig, warnings);
  const body: JsonObject = { contents };
  const instruction = addInstruction(systemInstruction, form);
  if (instruction !== undefined) body['systemInstruction'] = instruction;
  if (tools.length > 0) body['tools'] = tools;
  if (toolConfig !== undefined) body['toolConfig'] = toolConfig;
  if (Object.keys(generationConfig).length > 0) body['generationConfig'] = generationConfig;
  warnings.leaveOut(listLeftOut(request, options.source), 'Gemini does not have it');
  return { body, warnings: shorten(warnings.list()) };
}

function shorten(warnings: readonly string[]): readonly string[] {
  if (warnings.length <= maxWarnings) return warnings;
  const others = warnings.length - maxWarnings;
  return [...warnings.slice(0, maxWarnings), `As much was left out or changed in ${others} other places.`];
}

/** ai.google.dev/api/generate-content#generationconfig. */
function encodeGenerationConfig(request: ChatCompletionRequest, model: GeminiModel, warnings: Warnings): JsonObject {
  const config: JsonObject = {};
  setKnown(config, 'temperature', request.temperature);
  setKnown(config, 'topP', request.topP);
  setKnown(config, 'topK', readTopK(request));
  setKnown(config, 'maxOutputTokens', request.maxCompletionTokens ?? request.maxTokens);
  setKnown(config, 'presencePenalty', request.presencePenalty);
  setKnown(config, 'frequencyPenalty', request.frequencyPenalty);
  setKnown(config, 'seed', encodeSeed(request.seed, warnings));
  setKnown(config, 'stopSequences', request.stop.length === 0 ? undefined : request.stop);
  setKnown(config, 'candidateCount', request.n);
  if (request.logprobs === true) {
    config['responseLogprobs'] = true;
    setKnown(config, 'logprobs', request.topLogprobs);
  }
  setKnown(config, 'thinkingConfig', encodeThinking(request, model, warnings));
  if (request.modalities.some((modality) => modality !== 'text')) {
    config['responseModalities'] = request.modalities.map((modality) => modality.toUpperCase());
  }
  const image: JsonObject = {};
  setKnown(image, 'aspectRatio', request.imageConfig?.aspectRatio);
  setKnown(image, 'imageSize', request.imageConfig?.imageSize);
  if (Object.keys(image).length > 0) config['imageConfig'] = image;
  return config;
}

/** Gemini's seed has 32 bits. */
function encodeSeed(seed: bigint | undefined, warnings: Warnings): number | undefined {
  if (seed === undefined || BigInt.asIntN(32, seed) === seed) return seed === undefined ? undefined : Number(seed);
  warnings.add('seed was left out: Gemini takes 32 bits.');
  return undefined;
}

/** No field of OpenAI's, but many clients send it, and Gemini has it. */
function readTopK(request: ChatCompletionRequest): number | undefined {
  const topK = request.extraFields?.['top_k'];
  return typeof topK === 'number' && Number.isInteger(topK) && topK > 0 ? topK : undefined;
}

/**
 * The form that the answer must have. Models before Gemini 3 refuse JSON beside tools (ai.google.dev/gemini-api/docs/structured-output):
 * they are told in words.
 *
 * @returns what to tell the model.
 */
function encodeForm(
  { responseFormat }: ChatCompletionRequest,
  model: GeminiModel,
  hasTools: boolean,
  config: JsonObject,
  warnings: Warnings,
): string | undefined {
  if (responseFormat === undefined || responseFormat.type === 'text') return undefined;
  const schema = responseFormat.jsonSchema?.schema;
  if (!hasTools || (model.version ?? 0) >= 3) {
    config['responseMimeType'] = 'application/json';
    if (schema !== undefined) config['responseJsonSchema'] = adaptSchema(schema);
    return undefined;
  }
  warnings.add('response_format was put into the instructions: Gemini models before 3 do not take it beside tools.');
  return tellFinalJson(schema);
}

function addInstruction(instruction: JsonObject | undefined, text: string | undefined): JsonObject | undefined {
  if (text === undefined) return instruction;
  const parts = Array.isArray(instruction?.['parts']) ? instruction['parts'] : [];
  return { parts: [...parts, { text }] };
}

/** Fields of the request that Gemini does not have. */
function listLeftOut(request: ChatCompletionRequest, source: JsonObject | undefined): string[] {
  return [
    ...(Object.keys(request.logitBias).length > 0 ? ['logit_bias'] : []),
    ...(request.serviceTier === undefined || request.serviceTier === 'auto' ? [] : ['service_tier']),
    ...(request.store === true ? ['store'] : []),
    ...(request.verbosity === undefined ? [] : ['verbosity']),
    ...(request.prediction === undefined ? [] : ['prediction']),
    ...(request.topLogprobs !== undefined && request.logprobs !== true ? ['top_logprobs'] : []),
    ...Object.keys(request.extraFields ?? {}).filter((key) => key !== 'top_k' || readTopK(request) === undefined),
    ...(source === undefined ? [] : [...listUnknownNestedFields(source), ...listUnreadFields(source)]),
  ];
}
