import { create } from '@bufbuild/protobuf';
import { OutputAudioSchema } from '../../../gen/signalbox/chat/v1/chat_completion_pb.ts';
import { DeltaSchema } from '../../../gen/signalbox/chat/v1/chat_completion_slice_pb.ts';
import type { ChatEvent } from '../../core/chat-event.ts';
import { isJsonObject, type JsonObject } from '../../core/json.ts';
import { keepGoogleSignature } from './call-signature.ts';
import { decodeUsage } from './decode-usage.ts';
import { createFinish, isCutShort } from './finish-reason.ts';
import { ReasoningDetailReader } from './reasoning-details.ts';
import {
  count,
  createCallIdPrefix,
  objects,
  readAnnotations,
  readAudio,
  readCalls,
  readImages,
  readLogprobs,
  readSources,
  readSpokenText,
  text,
} from './reply-fields.ts';
import { SurrogateCarry } from './surrogate-carry.ts';
import { ToolCallDecoder } from './tool-call-decoder.ts';

/** What is known of one choice that is being streamed, and what its texts are joined in. */
interface OpenChoice {
  readonly index: number;
  finished: boolean;
  /** Whether annotations of its own came. */
  isAnnotated: boolean;
  readonly content: SurrogateCarry;
  readonly reasoning: SurrogateCarry;
  readonly refusal: SurrogateCarry;
  readonly transcript: SurrogateCarry;
  readonly calls: ToolCallDecoder;
  readonly details: ReasoningDetailReader;
}

/** More than any request asks for. Those beyond are not answers to it. */
const maxChoices = 128;

/** What an answer is decoded with. */
export interface ChunkDecoderOptions {
  /** How many choices the request asked for (`n`). */
  readonly expectedChoices: number;
  /** The answer's own id, which ids are made with where the provider gives none. */
  readonly answerId: string;
}

/**
 * Decodes the chunks of one streamed answer. One instance for each answer; it remembers which choices began and ended, and which
 * tool calls are open.
 */
export class ChunkDecoder {
  readonly #choices = new Map<number, OpenChoice>();
  readonly #options: ChunkDecoderOptions;
  /** How many choices began and did not end. */
  #unfinished = 0;
  #serviceTier: string | undefined;
  #systemFingerprint: string | undefined;
  /** The last chunk that named the pages that the answer is drawn from: each names all so far. */
  #sources: JsonObject | undefined;

  constructor(options: ChunkDecoderOptions) {
    this.#options = options;
  }

  /** Whether every choice that was asked for has ended: nothing but usage can follow. */
  get isComplete(): boolean {
    return this.#choices.size >= this.#options.expectedChoices && this.isEveryBegunChoiceFinished;
  }

  /**
   * Whether all that began has ended. After an orderly end of the stream that is enough, since a provider may give fewer choices
   * than were asked for.
   */
  get isEveryBegunChoiceFinished(): boolean {
    return this.#choices.size > 0 && this.#unfinished === 0;
  }

  /** Whether any choice began. */
  get hasBegun(): boolean {
    return this.#choices.size > 0;
  }

  /** Whether a choice that has not ended stands in the middle of a tool call. */
  get hasHalfCall(): boolean {
    for (const { finished, calls } of this.#choices.values()) if (!finished && calls.hasHalfCall) return true;
    return false;
  }

  /** Decodes one chunk. The caller has looked for an error in it. */
  decode(chunk: JsonObject): ChatEvent[] {
    const events: ChatEvent[] = [];
    this.#decodeHead(chunk, events);
    if (chunk['search_results'] ?? chunk['web_search'] ?? chunk['citations']) this.#sources = chunk;
    for (const choice of objects(chunk['choices'])) this.#decodeChoice(choice, events);
    const usage = decodeUsage(chunk);
    if (usage !== undefined) events.push({ kind: 'usage', usage });
    return events;
  }

  /** Ends the choices that began, after the provider's own end mark: it says that the answer is whole. */
  finishOpenChoices(): ChatEvent[] {
    const events: ChatEvent[] = [];
    for (const choice of this.#choices.values()) if (!choice.finished) this.#finishChoice(choice, undefined, events);
    return events;
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
    const index = count(json['index']) ?? 0;
    if (index >= maxChoices) return;
    const choice = this.#openChoice(index);
    const delta = isJsonObject(json['delta']) ? json['delta'] : {};
    this.#decodeDelta(choice, delta, json, events);
    const annotations = readAnnotations(delta['annotations']);
    if (annotations.length > 0) {
      choice.isAnnotated = true;
      events.push({ kind: 'annotations', index: choice.index, annotations });
    }
    // OpenRouter repeats the finish in its usage chunk; Snowflake sends "" in every chunk.
    const native = text(json['finish_reason']);
    if (native !== undefined && !choice.finished) this.#finishChoice(choice, native, events);
  }

  #finishChoice(choice: OpenChoice, native: string | undefined, events: ChatEvent[]): void {
    const sources = choice.isAnnotated || this.#sources === undefined ? [] : readSources(this.#sources);
    if (sources.length > 0) events.push({ kind: 'annotations', index: choice.index, annotations: sources });
    this.#unfinished -= 1;
    finishChoice(choice, native, events);
  }

  #openChoice(index: number): OpenChoice {
    const known = this.#choices.get(index);
    if (known !== undefined) return known;
    const choice: OpenChoice = {
      index,
      finished: false,
      isAnnotated: false,
      content: new SurrogateCarry(),
      reasoning: new SurrogateCarry(),
      refusal: new SurrogateCarry(),
      transcript: new SurrogateCarry(),
      calls: new ToolCallDecoder(createCallIdPrefix(this.#options.answerId, index)),
      details: new ReasoningDetailReader(),
    };
    this.#choices.set(index, choice);
    this.#unfinished += 1;
    return choice;
  }

  #decodeDelta(choice: OpenChoice, delta: JsonObject, json: JsonObject, events: ChatEvent[]): void {
    const spoken = readSpokenText(delta);
    const content = join(choice.content, spoken.content);
    const reasoning = join(choice.reasoning, spoken.reasoning);
    const refusal = join(choice.refusal, spoken.refusal);
    const reasoningDetails = choice.details.read(delta['reasoning_details']);
    const toolCalls = readCalls(delta).map((json) => {
      const call = choice.calls.decode(json);
      reasoningDetails.push(...keepGoogleSignature(call, json));
      return call;
    });
    const images = readImages(delta['images']);
    const audio = readAudio(delta['audio'], (transcript) => choice.transcript.push(transcript));
    const logprobs = readLogprobs(json['logprobs']);
    const isEmpty =
      content === undefined &&
      reasoning === undefined &&
      refusal === undefined &&
      audio === undefined &&
      logprobs === undefined &&
      toolCalls.length + images.length + reasoningDetails.length === 0;
    if (isEmpty) return;
    events.push({
      kind: 'delta',
      delta: create(DeltaSchema, {
        index: choice.index,
        content,
        reasoningContent: reasoning,
        refusal,
        toolCalls,
        reasoningDetails,
        images,
        audio,
        logprobs,
      }),
    });
  }
}

/** Joins a piece to its text. `undefined`: there is nothing to say, or not yet. */
function join(carry: SurrogateCarry, spoken: string | undefined): string | undefined {
  return spoken === undefined ? undefined : carry.push(spoken) || undefined;
}

/** Ends a choice: what is still held of its texts, and how it ended. */
function finishChoice(choice: OpenChoice, native: string | undefined, events: ChatEvent[]): void {
  choice.finished = true;
  const { index } = choice;
  const finish = createFinish(index, native, choice.calls.hasBegun);
  const content = choice.content.end() || undefined;
  const reasoningContent = choice.reasoning.end() || undefined;
  const refusal = choice.refusal.end() || undefined;
  const transcript = choice.transcript.end() || undefined;
  const toolCalls = choice.calls.end(isCutShort(finish.finishReason));
  const reasoningDetails = choice.details.end();
  const isHeld =
    [content, reasoningContent, refusal, transcript].some(Boolean) || toolCalls.length + reasoningDetails.length > 0;
  if (isHeld) {
    const audio = transcript === undefined ? undefined : create(OutputAudioSchema, { transcript });
    const texts = { content, reasoningContent, refusal };
    const delta = create(DeltaSchema, { index, ...texts, toolCalls, reasoningDetails, audio });
    events.push({ kind: 'delta', delta });
  }
  events.push({ kind: 'finish', finish });
}
