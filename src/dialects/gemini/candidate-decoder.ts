import { create } from '@bufbuild/protobuf';
import { type Image, ImageSchema, OutputAudioSchema } from '../../../gen/signalbox/chat/v1/chat_completion_pb.ts';
import {
  type Delta,
  DeltaSchema,
  type ToolCallDelta,
} from '../../../gen/signalbox/chat/v1/chat_completion_slice_pb.ts';
import type { ReasoningDetail } from '../../../gen/signalbox/chat/v1/message_pb.ts';
import type { ChatEvent } from '../../core/chat-event.ts';
import { isJsonObject, type JsonObject } from '../../core/json.ts';
import type { JsonSource } from '../json-source.ts';
import { objects, piece, text } from '../read-values.ts';
import { SurrogateCarry } from '../surrogate-carry.ts';
import { maxCitedChars } from '../text-offsets.ts';
import { Base64Joiner } from './base64-joiner.ts';
import { decodeAnnotations } from './decode-annotations.ts';
import { decodeLogprobs } from './decode-logprobs.ts';
import { createFinish, isFailureReason, readFinishReason } from './finish-reason.ts';
import { type DecodedCall, FunctionCallDecoder } from './function-call-decoder.ts';
import { createPartDetail, createSignatureDetail } from './thought-signature.ts';

/** What the parts of one chunk say. */
interface Said {
  content: string;
  reasoning: string;
  audio: string;
  readonly calls: ToolCallDelta[];
  readonly images: Image[];
  readonly details: ReasoningDetail[];
}

/** Decodes one candidate of an answer, whole or chunk by chunk. */
export class CandidateDecoder {
  readonly #index: number;
  readonly #content = new SurrogateCarry();
  readonly #reasoning = new SurrogateCarry();
  readonly #audio = new Base64Joiner();
  readonly #calls: FunctionCallDecoder;
  readonly #takeDetailIndex: () => number;
  #cited: string | undefined = '';
  #grounding: JsonObject | undefined;
  #citations: JsonObject | undefined;
  #finishReason: string | undefined;
  #hasSaid = false;

  /**
   * @param callIdPrefix - what the ids of calls without one begin with.
   * @param maxHeldBytes - how large the arguments that come in pieces may be.
   */
  constructor(index: number, callIdPrefix: string, maxHeldBytes: number) {
    this.#index = index;
    this.#calls = new FunctionCallDecoder(callIdPrefix, maxHeldBytes);
    let details = 0;
    this.#takeDetailIndex = () => details++;
  }

  /** Whether it has said why it ended. More can follow: older models say so in every chunk. */
  get isFinished(): boolean {
    return this.#finishReason !== undefined;
  }

  /** Whether it has said anything at all. */
  get hasSaid(): boolean {
    return this.#hasSaid;
  }

  /** Why the candidate cannot be used, as the end of a sentence. `undefined`: it can. */
  get problem(): string | undefined {
    if (this.#calls.problem !== undefined) return this.#calls.problem;
    const reason = this.#finishReason;
    return reason !== undefined && isFailureReason(reason)
      ? `it ended the answer with the reason ${reason}`
      : undefined;
  }

  /**
   * Decodes the candidate's piece of one chunk.
   *
   * @param source - has the text of the arguments in it.
   */
  decode(json: JsonObject, source: JsonSource): ChatEvent[] {
    const said: Said = { content: '', reasoning: '', audio: '', calls: [], images: [], details: [] };
    const content = isJsonObject(json['content']) ? json['content'] : {};
    for (const part of objects(content['parts'])) this.#decodePart(part, said, source);
    if (isJsonObject(json['groundingMetadata'])) this.#grounding = json['groundingMetadata'];
    if (isJsonObject(json['citationMetadata'])) this.#citations = json['citationMetadata'];
    this.#finishReason = readFinishReason(json['finishReason']) ?? this.#finishReason;
    return this.#createDelta(
      { ...said, content: this.#content.push(said.content), reasoning: this.#reasoning.push(said.reasoning) },
      json,
    );
  }

  /**
   * Ends the candidate: what is still held of it, its sources, and how it ended.
   *
   * @param isWhole - whether it is known to be whole though it gave no reason.
   */
  end(isWhole: boolean): ChatEvent[] {
    const said: Said = {
      content: this.#content.end(),
      reasoning: this.#reasoning.end(),
      audio: this.#audio.end(),
      calls: [],
      images: [],
      details: [],
    };
    const isCut = this.#finishReason === undefined && !isWhole;
    // The arguments of a call that is cut would look whole.
    if (!isCut) addCalls(this.#calls.end(this.#takeDetailIndex), said);
    const events = this.#createDelta(said, {});
    if (isCut) return events;
    const annotations = decodeAnnotations({ grounding: this.#grounding, citations: this.#citations }, this.#cited);
    if (annotations.length > 0) events.push({ kind: 'annotations', index: this.#index, annotations });
    const told = { anything: this.#hasSaid, calls: this.#calls.hasBegun };
    events.push({ kind: 'finish', finish: createFinish(this.#index, this.#finishReason, told) });
    return events;
  }

  #decodePart(part: JsonObject, said: Said, source: JsonSource): void {
    const fn = part['functionCall'];
    if (isJsonObject(fn)) {
      addCalls(this.#calls.decode(part, fn, source, this.#takeDetailIndex), said);
      return;
    }
    if (isJsonObject(part['toolCall']) || isJsonObject(part['toolResponse'])) {
      said.details.push(createPartDetail(this.#takeDetailIndex(), part));
      return;
    }
    if (part['thought'] === true) said.reasoning += piece(part['text']) ?? '';
    else said.content += piece(part['text']) ?? '';
    said.reasoning += describeCodeExecution(part);
    // Drafts among the thoughts are no part of the answer.
    if (part['thought'] !== true) this.#addMedia(part, said);
    const signature = text(part['thoughtSignature']);
    if (signature !== undefined) said.details.push(createSignatureDetail(this.#takeDetailIndex(), signature));
  }

  #addMedia(part: JsonObject, said: Said): void {
    const { inlineData, fileData } = part;
    if (isJsonObject(inlineData)) {
      const mimeType = text(inlineData['mimeType']) ?? '';
      const data = text(inlineData['data']);
      if (data === undefined) return;
      if (mimeType.startsWith('audio/')) said.audio += this.#audio.push(data);
      else if (mimeType.startsWith('image/')) said.images.push(createImage(`data:${mimeType};base64,${data}`));
    } else if (isJsonObject(fileData) && text(fileData['mimeType'])?.startsWith('image/')) {
      const url = text(fileData['fileUri']);
      if (url !== undefined) said.images.push(createImage(url));
    }
  }

  #createDelta(said: Said, json: JsonObject): ChatEvent[] {
    this.#keepCited(said.content);
    const logprobs = decodeLogprobs(json['logprobsResult']);
    const isEmpty =
      (said.content || said.reasoning || said.audio) === '' &&
      logprobs === undefined &&
      said.calls.length + said.images.length + said.details.length === 0;
    if (isEmpty) return [];
    this.#hasSaid = true;
    const delta: Delta = create(DeltaSchema, {
      index: this.#index,
      content: said.content || undefined,
      reasoningContent: said.reasoning || undefined,
      toolCalls: said.calls,
      images: said.images,
      reasoningDetails: said.details,
      audio: said.audio === '' ? undefined : create(OutputAudioSchema, { data: said.audio }),
      logprobs,
    });
    return [{ kind: 'delta', delta }];
  }

  #keepCited(content: string): void {
    if (this.#cited === undefined) return;
    const cited = this.#cited + content;
    this.#cited = cited.length > maxCitedChars ? undefined : cited;
  }
}

function addCalls(decoded: readonly DecodedCall[], said: Said): void {
  for (const { call, detail } of decoded) {
    said.calls.push(call);
    if (detail !== undefined) said.details.push(detail);
  }
}

/**
 * Code that the model ran on Google's side, and what came of it. It is how the answer was found and not the answer, which may have to be
 * JSON: so it is told as reasoning.
 */
function describeCodeExecution(part: JsonObject): string {
  const { executableCode: code, codeExecutionResult: result } = part;
  if (isJsonObject(code)) {
    const language = (text(code['language']) ?? '').toLowerCase();
    return `\n\`\`\`${language}\n${piece(code['code']) ?? ''}\n\`\`\`\n`;
  }
  if (!isJsonObject(result)) return '';
  // What printed nothing and went well has nothing to tell; else the outcome is what there is.
  const outcome = text(result['outcome']);
  const output = piece(result['output']) ?? (outcome === 'OUTCOME_OK' ? '' : (outcome ?? ''));
  return `\n\`\`\`\n${output}\n\`\`\`\n`;
}

function createImage(url: string): Image {
  return create(ImageSchema, { type: 'image_url', imageUrl: { url } });
}
