import { create } from '@bufbuild/protobuf';
import {
  type AssistantMessage,
  AssistantMessageSchema,
  type ChatCompletion,
  ChatCompletionSchema,
  type Choice,
  ChoiceSchema,
  OutputAudioSchema,
} from '../../gen/signalbox/chat/v1/chat_completion_pb.ts';
import type {
  ChatCompletionSlice,
  ChoiceFinish,
  Delta,
  Finish,
  Head,
  ToolCallDelta,
} from '../../gen/signalbox/chat/v1/chat_completion_slice_pb.ts';
import { type Logprobs, LogprobsSchema } from '../../gen/signalbox/chat/v1/logprobs_pb.ts';
import {
  CustomToolCallSchema,
  FunctionCallSchema,
  type ToolCall,
  ToolCallSchema,
} from '../../gen/signalbox/chat/v1/message_pb.ts';
import { createError } from '../core/errors.ts';
import { appendReasoningDetails } from './append-reasoning-details.ts';

/**
 * Collects the slices of one answer to a whole one. When that fails the slices are left as they are, for the caller to say why.
 *
 * @throws SignalboxError whatever the slices reject with; INTERNAL when they end without a finish.
 */
export async function collectCompletion(slices: AsyncIterable<ChatCompletionSlice>): Promise<ChatCompletion> {
  const choices = new Map<number, Choice>();
  let head: Head | undefined;
  const iterator = slices[Symbol.asyncIterator]();
  for (let next = await iterator.next(); next.done !== true; next = await iterator.next()) {
    const { slice } = next.value;
    if (slice.case === 'head') head = slice.value;
    else if (slice.case === 'delta') appendDelta(openChoice(choices, slice.value.index), slice.value);
    else if (slice.case === 'finish' && head !== undefined) return createCompletion(head, choices, slice.value);
  }
  throw createError('INTERNAL', {}, { cause: new Error('an answer ended without a finish') });
}

function createCompletion(head: Head, choices: Map<number, Choice>, finish: Finish): ChatCompletion {
  for (const end of finish.choices) finishChoice(openChoice(choices, end.index), end);
  return create(ChatCompletionSchema, {
    id: head.id,
    created: head.created,
    model: head.model,
    choices: [...choices.values()].sort((a, b) => a.index - b.index),
    serviceTier: head.serviceTier,
    systemFingerprint: head.systemFingerprint,
    ...(finish.usage && { usage: finish.usage }),
    ...(finish.metadata && { metadata: finish.metadata }),
  });
}

function openChoice(choices: Map<number, Choice>, index: number): Choice {
  const known = choices.get(index);
  if (known !== undefined) return known;
  const choice = create(ChoiceSchema, { index, message: { role: 'assistant' } });
  choices.set(index, choice);
  return choice;
}

function messageOf(choice: Choice): AssistantMessage {
  choice.message ??= create(AssistantMessageSchema, { role: 'assistant' });
  return choice.message;
}

function appendDelta(choice: Choice, delta: Delta): void {
  const message = messageOf(choice);
  if (delta.content !== undefined) message.content = (message.content ?? '') + delta.content;
  if (delta.refusal !== undefined) message.refusal = (message.refusal ?? '') + delta.refusal;
  if (delta.reasoningContent !== undefined) {
    message.reasoningContent = (message.reasoningContent ?? '') + delta.reasoningContent;
  }
  appendReasoningDetails(message.reasoningDetails, delta.reasoningDetails);
  for (const call of delta.toolCalls) appendToolCall(message.toolCalls, call);
  for (const image of delta.images) message.images.push(image);
  if (delta.audio !== undefined) appendAudio(message, delta.audio);
  if (delta.logprobs !== undefined) choice.logprobs = appendLogprobs(choice.logprobs, delta.logprobs);
}

function appendToolCall(calls: ToolCall[], delta: ToolCallDelta): void {
  let call = calls[delta.index];
  if (call === undefined) {
    call = create(ToolCallSchema, { type: delta.type ?? 'function' });
    // Indexes are given in order from 0, so this is the next place.
    calls.push(call);
  }
  call.id += delta.id ?? '';
  if (delta.custom !== undefined) {
    const { name = '', input = '' } = call.custom ?? {};
    call.custom = create(CustomToolCallSchema, {
      name: name + (delta.custom.name ?? ''),
      input: input + (delta.custom.input ?? ''),
    });
  }
  if (delta.function !== undefined) {
    const { name = '', arguments: args = '' } = call.function ?? {};
    call.function = create(FunctionCallSchema, {
      name: name + (delta.function.name ?? ''),
      arguments: args + (delta.function.arguments ?? ''),
    });
  }
}

function appendAudio(message: AssistantMessage, delta: NonNullable<Delta['audio']>): void {
  const audio = message.audio ?? create(OutputAudioSchema);
  if (delta.id !== undefined) audio.id = delta.id;
  if (delta.data !== undefined) audio.data = (audio.data ?? '') + delta.data;
  if (delta.transcript !== undefined) audio.transcript = (audio.transcript ?? '') + delta.transcript;
  if (delta.expiresAt !== undefined) audio.expiresAt = delta.expiresAt;
  message.audio = audio;
}

function appendLogprobs(all: Logprobs | undefined, more: Logprobs): Logprobs {
  const collected = all ?? create(LogprobsSchema);
  // One by one: as arguments of one call, a long answer's would not fit the stack.
  for (const token of more.content) collected.content.push(token);
  for (const token of more.refusal) collected.refusal.push(token);
  return collected;
}

function finishChoice(choice: Choice, end: ChoiceFinish): void {
  choice.finishReason = end.finishReason;
  if (end.nativeFinishReason !== undefined) choice.nativeFinishReason = end.nativeFinishReason;
  messageOf(choice).annotations = end.annotations;
}
