import { create } from '@bufbuild/protobuf';
import {
  type Delta,
  DeltaSchema,
  type ToolCallDelta,
  ToolCallDeltaSchema,
} from '../../../gen/signalbox/chat/v1/chat_completion_slice_pb.ts';
import type { ChatEvent } from '../../core/chat-event.ts';
import { isJsonObject, type JsonObject } from '../../core/json.ts';
import { keepGoogleSignature } from './call-signature.ts';
import { decodeUsage } from './decode-usage.ts';
import { createFinish, isCutShort } from './finish-reason.ts';
import { ReasoningDetailReader } from './reasoning-details.ts';
import {
  count,
  createCallIdPrefix,
  isCustomCall,
  noArguments,
  objects,
  readAnnotations,
  readArguments,
  readAudio,
  readCalls,
  readImages,
  readLogprobs,
  readSources,
  readSpokenText,
  text,
} from './reply-fields.ts';

/**
 * Decodes a whole reply to the events that a stream of the same answer would give. The caller has looked for an error in it.
 *
 * @param answerId - the answer's own id, which ids are made with where the provider gives none.
 * @returns a `delta` for every choice, and a `finish` for those that are usable: a choice without a message has none, unless a filter
 * took it, nor one that says nothing and has no reason for its end. A reply without a choice, or with an unusable one, is unusable.
 */
export function decodeReply(json: JsonObject, answerId: string): ChatEvent[] {
  const events: ChatEvent[] = [
    { kind: 'head', serviceTier: text(json['service_tier']), systemFingerprint: text(json['system_fingerprint']) },
  ];
  const takeIndex = createIndexes();
  objects(json['choices']).forEach((choice, position) => {
    const index = takeIndex(count(choice['index']) ?? position);
    const message = isJsonObject(choice['message']) ? choice['message'] : undefined;
    const native = text(choice['finish_reason']);
    const finish = createFinish(index, native, message !== undefined && readCalls(message).length > 0);
    const toolCalls = decodeToolCalls(message ?? {}, {
      idPrefix: createCallIdPrefix(answerId, index),
      isCutShort: isCutShort(finish.finishReason),
    });
    const delta = decodeMessage(index, message ?? {}, choice, toolCalls);
    readCalls(message ?? {}).forEach((call, at) => {
      const decoded = toolCalls[at];
      if (decoded !== undefined) delta.reasoningDetails.push(...keepGoogleSignature(decoded, call));
    });
    events.push({ kind: 'delta', delta });
    const own = readAnnotations(message?.['annotations']);
    const annotations = own.length > 0 ? own : readSources(json);
    if (annotations.length > 0) events.push({ kind: 'annotations', index, annotations });
    // Azure leaves the message out where its filter stopped the answer. A reason may be absent: unlike a stream, JSON that parses is
    // complete by its own form, and so is what it says.
    const isUsable =
      message === undefined ? finish.finishReason === 'content_filter' : native !== undefined || saysSomething(delta);
    if (isUsable) events.push({ kind: 'finish', finish });
  });
  const usage = decodeUsage(json);
  if (usage !== undefined) events.push({ kind: 'usage', usage });
  return events;
}

/** Gives each choice an index of its own: the one it asks for, or the first free one. Some servers number every choice 0. */
function createIndexes(): (wanted: number) => number {
  const taken = new Set<number>();
  let firstFree = 0;
  return (wanted) => {
    while (taken.has(firstFree)) firstFree += 1;
    const index = taken.has(wanted) ? firstFree : wanted;
    taken.add(index);
    return index;
  };
}

function saysSomething(delta: Delta): boolean {
  const { content, reasoningContent, refusal, toolCalls, images, audio, reasoningDetails } = delta;
  const lists = toolCalls.length + images.length + reasoningDetails.length;
  return Boolean(content || reasoningContent || refusal || audio) || lists > 0;
}

function decodeMessage(index: number, message: JsonObject, choice: JsonObject, toolCalls: ToolCallDelta[]): Delta {
  const { content, reasoning, refusal } = readSpokenText(message);
  const details = new ReasoningDetailReader();
  return create(DeltaSchema, {
    index,
    content: content?.toWellFormed(),
    reasoningContent: reasoning?.toWellFormed(),
    refusal: refusal?.toWellFormed(),
    toolCalls,
    reasoningDetails: [...details.read(message['reasoning_details']), ...details.end()],
    images: readImages(message['images']),
    audio: readAudio(message['audio'], (transcript) => transcript.toWellFormed()),
    logprobs: readLogprobs(choice['logprobs']),
  });
}

/** What the tool calls of one choice are decoded with. */
interface CallOptions {
  readonly idPrefix: string;
  /** Whether arguments may be missing, so that none are made up. */
  readonly isCutShort: boolean;
}

function decodeToolCalls(message: JsonObject, options: CallOptions): ToolCallDelta[] {
  return readCalls(message).map((call, index) => {
    const isCustom = isCustomCall(call);
    const fn = !isCustom && isJsonObject(call['function']) ? call['function'] : undefined;
    const custom = isCustom && isJsonObject(call['custom']) ? call['custom'] : undefined;
    const said = fn === undefined ? '' : readArguments(fn).toWellFormed();
    const args = said.trim() === '' && !options.isCutShort ? noArguments : said;
    return create(ToolCallDeltaSchema, {
      index,
      id: text(call['id']) ?? `${options.idPrefix}_${index}`,
      type: text(call['type']) ?? (isCustom ? 'custom' : 'function'),
      ...(fn && { function: { name: text(fn['name']) ?? '', arguments: args } }),
      ...(custom && { custom: { name: text(custom['name']) ?? '', input: text(custom['input']) ?? '' } }),
    });
  });
}
