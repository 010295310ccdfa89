import type {
  ChatCompletionSlice,
  ChoiceFinish,
  Delta,
  Finish,
  Head,
  ToolCallDelta,
} from '../../../gen/signalbox/chat/v1/chat_completion_slice_pb.ts';
import type { JsonObject } from '../../core/json.ts';
import {
  encodeAnnotation,
  encodeAudio,
  encodeImage,
  encodeLogprobs,
  encodeMetadata,
  encodeUsage,
  setKnown,
} from './encode-answer-parts.ts';
import { encodeReasoningDetail } from './reasoning-details.ts';

/**
 * Encodes the slices of one answer as OpenAI's `chat.completion.chunk`s: the same id, created and model throughout, a first chunk
 * with the role for each choice, and metadata on the finishing chunk.
 */
export class ChunkEncoder {
  readonly #includeUsage: boolean;
  readonly #begun = new Set<number>();
  #envelope: JsonObject = {};

  /** @param includeUsage - whether usage comes in a chunk of its own, as `stream_options.include_usage` asks. */
  constructor(includeUsage: boolean) {
    this.#includeUsage = includeUsage;
  }

  /** Encodes one slice as the chunks that it makes, which may be none. */
  encode({ slice }: ChatCompletionSlice): JsonObject[] {
    switch (slice.case) {
      case 'head':
        this.#envelope = encodeEnvelope(slice.value);
        return [];
      case 'delta':
        return this.#encodeDelta(slice.value);
      case 'finish':
        return this.#encodeFinish(slice.value);
      case undefined:
        return [];
    }
  }

  #encodeDelta(delta: Delta): JsonObject[] {
    const json: JsonObject = {};
    setKnown(json, 'content', delta.content);
    setKnown(json, 'reasoning_content', delta.reasoningContent);
    if (delta.reasoningDetails.length > 0)
      json['reasoning_details'] = delta.reasoningDetails.map(encodeReasoningDetail);
    setKnown(json, 'refusal', delta.refusal);
    if (delta.toolCalls.length > 0) json['tool_calls'] = delta.toolCalls.map(encodeToolCallDelta);
    if (delta.images.length > 0) json['images'] = delta.images.map(encodeImage);
    if (delta.audio !== undefined) json['audio'] = encodeAudio(delta.audio);
    const choice: JsonObject = { index: delta.index, delta: json, finish_reason: null };
    if (delta.logprobs !== undefined) choice['logprobs'] = encodeLogprobs(delta.logprobs);
    return [...this.#encodeRole(delta.index), this.#chunk([choice])];
  }

  /** The chunk that opens a choice, once. */
  #encodeRole(index: number): JsonObject[] {
    if (this.#begun.has(index)) return [];
    this.#begun.add(index);
    return [this.#chunk([{ index, delta: { role: 'assistant', content: '' }, finish_reason: null }])];
  }

  #encodeFinish(finish: Finish): JsonObject[] {
    const roles = finish.choices.flatMap((choice) => this.#encodeRole(choice.index));
    const chunks = finish.choices.map((choice) => this.#chunk([encodeChoiceFinish(choice)]));
    const last = chunks.at(-1);
    if (last !== undefined && finish.metadata !== undefined) last['metadata'] = encodeMetadata(finish.metadata);
    if (finish.usage !== undefined) {
      const usage = encodeUsage(finish.usage);
      if (this.#includeUsage) chunks.push({ ...this.#chunk([]), usage });
      else if (last !== undefined) last['usage'] = usage;
    }
    return [...roles, ...chunks];
  }

  #chunk(choices: JsonObject[]): JsonObject {
    return { ...this.#envelope, choices };
  }
}

function encodeEnvelope(head: Head): JsonObject {
  const json: JsonObject = {
    id: head.id,
    object: 'chat.completion.chunk',
    created: Number(head.created),
    model: head.model,
  };
  setKnown(json, 'service_tier', head.serviceTier);
  setKnown(json, 'system_fingerprint', head.systemFingerprint);
  return json;
}

function encodeToolCallDelta(call: ToolCallDelta): JsonObject {
  const json: JsonObject = { index: call.index };
  setKnown(json, 'id', call.id);
  setKnown(json, 'type', call.type);
  if (call.function !== undefined) {
    const fn: JsonObject = {};
    setKnown(fn, 'name', call.function.name);
    setKnown(fn, 'arguments', call.function.arguments);
    json['function'] = fn;
  }
  if (call.custom !== undefined) {
    const custom: JsonObject = {};
    setKnown(custom, 'name', call.custom.name);
    setKnown(custom, 'input', call.custom.input);
    json['custom'] = custom;
  }
  return json;
}

function encodeChoiceFinish(finish: ChoiceFinish): JsonObject {
  const delta: JsonObject = {};
  if (finish.annotations.length > 0) delta['annotations'] = finish.annotations.map(encodeAnnotation);
  const json: JsonObject = { index: finish.index, delta, finish_reason: finish.finishReason };
  setKnown(json, 'native_finish_reason', finish.nativeFinishReason);
  return json;
}
