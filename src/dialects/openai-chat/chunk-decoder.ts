import { create } from '@bufbuild/protobuf';
import {
  DeltaSchema,
  type ToolCallDelta,
  ToolCallDeltaSchema,
} from '../../../gen/signalbox/chat/v1/chat_completion_slice_pb.ts';
import type { ChatEvent } from '../../core/chat-event.ts';
import { isJsonObject, type JsonObject } from '../../core/json.ts';
import { decodeUsage } from './decode-usage.ts';
import { createFinish } from './finish-reason.ts';
import {
  count,
  isCustomCall,
  number,
  objects,
  readAnnotations,
  readArguments,
  readAudio,
  readCalls,
  readImages,
  readLogprobs,
  readSpokenText,
  text,
} from './reply-fields.ts';

/** What is known of one tool call of a choice that is being streamed. */
interface OpenCall {
  readonly id: string;
  readonly isCustom: boolean;
  named: boolean;
}

/** What is known of one choice that is being streamed. */
interface OpenChoice {
  readonly index: number;
  finished: boolean;
  readonly calls: OpenCall[];
  /** Where in `calls` the last one with each index of the provider's is. */
  readonly positions: Map<number, number>;
}

/**
 * Decodes the chunks of one streamed answer. One instance for each answer; it remembers which choices began and ended, and which
 * tool calls are open.
 */
export class ChunkDecoder {
  readonly #choices = new Map<number, OpenChoice>();
  readonly #expectedChoices: number;
  #serviceTier: string | undefined;
  #systemFingerprint: string | undefined;

  /** @param expectedChoices - how many choices the request asked for (`n`). */
  constructor(expectedChoices: number) {
    this.#expectedChoices = expectedChoices;
  }

  /** Whether every choice that was asked for has ended: nothing but usage can follow. */
  get isComplete(): boolean {
    return this.#choices.size >= this.#expectedChoices && this.isEveryBegunChoiceFinished;
  }

  /**
   * Whether all that began has ended. After an orderly end of the stream that is enough, since a provider may give fewer choices
   * than were asked for.
   */
  get isEveryBegunChoiceFinished(): boolean {
    if (this.#choices.size === 0) return false;
    for (const choice of this.#choices.values()) if (!choice.finished) return false;
    return true;
  }

  /** Whether any choice began. */
  get hasBegun(): boolean {
    return this.#choices.size > 0;
  }

  /** Decodes one chunk. The caller has looked for an error in it. */
  decode(chunk: JsonObject): ChatEvent[] {
    const events: ChatEvent[] = [];
    this.#decodeHead(chunk, events);
    for (const choice of objects(chunk['choices'])) this.#decodeChoice(choice, events);
    const usage = decodeUsage(chunk);
    if (usage !== undefined) events.push({ kind: 'usage', usage });
    return events;
  }

  /** Ends the choices that began, after the provider's own end mark: it says that the answer is whole. */
  finishOpenChoices(): ChatEvent[] {
    const open = [...this.#choices.values()].filter((choice) => !choice.finished);
    return open.map((choice) => {
      choice.finished = true;
      return { kind: 'finish', finish: createFinish(choice.index, undefined, choice.calls.length > 0) };
    });
  }

  #decodeHead(chunk: JsonObject, events: ChatEvent[]): void {
    const serviceTier = text(chunk['service_tier']) ?? this.#serviceTier;
    const systemFingerprint = text(chunk['system_fingerprint']) ?? this.#systemFingerprint;
    if (serviceTier === this.#serviceTier && systemFingerprint === this.#systemFingerprint) return;
    this.#serviceTier = serviceTier;
    this.#systemFingerprint = systemFingerprint;
    events.push({ kind: 'head', serviceTier, systemFingerprint });
  }

  #decodeChoice(json: JsonObject, events: ChatEvent[]): void {
    const choice = this.#openChoice(count(json['index']) ?? 0);
    const delta = isJsonObject(json['delta']) ? json['delta'] : {};
    this.#decodeDelta(choice, delta, json, events);
    const annotations = readAnnotations(delta['annotations']);
    if (annotations.length > 0) events.push({ kind: 'annotations', index: choice.index, annotations });
    // OpenRouter repeats the finish in its usage chunk; Snowflake sends "" in every chunk.
    const native = text(json['finish_reason']);
    if (native === undefined || choice.finished) return;
    choice.finished = true;
    events.push({ kind: 'finish', finish: createFinish(choice.index, native, choice.calls.length > 0) });
  }

  #openChoice(index: number): OpenChoice {
    const known = this.#choices.get(index);
    if (known !== undefined) return known;
    const choice: OpenChoice = { index, finished: false, calls: [], positions: new Map() };
    this.#choices.set(index, choice);
    return choice;
  }

  #decodeDelta(choice: OpenChoice, delta: JsonObject, json: JsonObject, events: ChatEvent[]): void {
    const { content, reasoning, refusal } = readSpokenText(delta);
    const toolCalls = readCalls(delta).map((call) => decodeToolCall(choice, call));
    const images = readImages(delta['images']);
    const audio = readAudio(delta['audio']);
    const logprobs = readLogprobs(json['logprobs']);
    const isEmpty =
      content === undefined &&
      reasoning === undefined &&
      refusal === undefined &&
      audio === undefined &&
      logprobs === undefined &&
      toolCalls.length + images.length === 0;
    if (isEmpty) return;
    events.push({
      kind: 'delta',
      delta: create(DeltaSchema, {
        index: choice.index,
        content,
        reasoningContent: reasoning,
        refusal,
        toolCalls,
        images,
        audio,
        logprobs,
      }),
    });
  }
}

/** Decodes a piece of a tool call. Id, type and name are given once, as OpenAI does; some providers repeat them. */
function decodeToolCall(choice: OpenChoice, json: JsonObject): ToolCallDelta {
  const { call, position, isNew } = findCall(choice, json);
  const fn = !call.isCustom && isJsonObject(json['function']) ? json['function'] : undefined;
  const custom = call.isCustom && isJsonObject(json['custom']) ? json['custom'] : undefined;
  const newName = call.named ? undefined : readCallName(json);
  if (newName !== undefined) call.named = true;
  return create(ToolCallDeltaSchema, {
    index: position,
    ...(isNew && { id: call.id, type: text(json['type']) ?? (call.isCustom ? 'custom' : 'function') }),
    ...(fn && { function: { name: newName, arguments: readArguments(fn) } }),
    ...(custom && { custom: { name: newName, input: text(custom['input']) ?? '' } }),
  });
}

function readCallName(json: JsonObject): string | undefined {
  const body = isCustomCall(json) ? json['custom'] : json['function'];
  return isJsonObject(body) ? text(body['name']) : undefined;
}

/**
 * Finds the call that a piece belongs to, or opens one.
 *
 * By index where there is one. Some servers give every parallel call the index 0, or none: there a new id with a name begins a new
 * call, and a piece without an id goes on with the last one.
 */
function findCall(choice: OpenChoice, json: JsonObject): { call: OpenCall; position: number; isNew: boolean } {
  const { calls, positions } = choice;
  const index = number(json['index']);
  const id = text(json['id']);
  const knownAt = index === undefined ? calls.length - 1 : positions.get(index);
  const known = knownAt === undefined ? undefined : calls[knownAt];
  const beginsAnother = known !== undefined && id !== undefined && id !== known.id && readCallName(json) !== undefined;
  if (knownAt !== undefined && known !== undefined && !beginsAnother) {
    return { call: known, position: knownAt, isNew: false };
  }
  const position = calls.length;
  const call: OpenCall = { id: id ?? `call_${position}`, isCustom: isCustomCall(json), named: false };
  calls.push(call);
  if (index !== undefined) positions.set(index, position);
  return { call, position, isNew: true };
}
