import { create } from '@bufbuild/protobuf';
import {
  type Delta,
  DeltaSchema,
  ToolCallDeltaSchema,
} from '../../../gen/signalbox/chat/v1/chat_completion_slice_pb.ts';
import type { ChatEvent } from '../../core/chat-event.ts';
import { isJsonObject, type JsonObject } from '../../core/json.ts';
import { decodeUsage } from './decode-usage.ts';
import { createFinish } from './finish-reason.ts';
import {
  count,
  isCustomCall,
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

/**
 * Decodes a whole reply to the events that a stream of the same answer would give. The caller has looked for an error in it.
 *
 * @returns no event with a `finish` when the reply has no choice, which makes it unusable.
 */
export function decodeReply(json: JsonObject): ChatEvent[] {
  const events: ChatEvent[] = [
    { kind: 'head', serviceTier: text(json['service_tier']), systemFingerprint: text(json['system_fingerprint']) },
  ];
  objects(json['choices']).forEach((choice, position) => {
    const index = count(choice['index']) ?? position;
    const message = isJsonObject(choice['message']) ? choice['message'] : {};
    const delta = decodeMessage(index, message, choice);
    events.push({ kind: 'delta', delta });
    const annotations = readAnnotations(message['annotations']);
    if (annotations.length > 0) events.push({ kind: 'annotations', index, annotations });
    const finish = createFinish(index, text(choice['finish_reason']), delta.toolCalls.length > 0);
    events.push({ kind: 'finish', finish });
  });
  const usage = decodeUsage(json);
  if (usage !== undefined) events.push({ kind: 'usage', usage });
  return events;
}

function decodeMessage(index: number, message: JsonObject, choice: JsonObject): Delta {
  const { content, reasoning, refusal } = readSpokenText(message);
  return create(DeltaSchema, {
    index,
    content,
    reasoningContent: reasoning,
    refusal,
    toolCalls: decodeToolCalls(message),
    images: readImages(message['images']),
    audio: readAudio(message['audio']),
    logprobs: readLogprobs(choice['logprobs']),
  });
}

function decodeToolCalls(message: JsonObject) {
  return readCalls(message).map((call, index) => {
    const isCustom = isCustomCall(call);
    const fn = !isCustom && isJsonObject(call['function']) ? call['function'] : undefined;
    const custom = isCustom && isJsonObject(call['custom']) ? call['custom'] : undefined;
    return create(ToolCallDeltaSchema, {
      index,
      id: text(call['id']) ?? `call_${index}`,
      type: text(call['type']) ?? (isCustom ? 'custom' : 'function'),
      ...(fn && { function: { name: text(fn['name']) ?? '', arguments: readArguments(fn) } }),
      ...(custom && { custom: { name: text(custom['name']) ?? '', input: text(custom['input']) ?? '' } }),
    });
  });
}
