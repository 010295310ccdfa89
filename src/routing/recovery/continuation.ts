import { create } from '@bufbuild/protobuf';
import {
  type ChatCompletionRequest,
  ChatCompletionRequestSchema,
} from '../../../gen/signalbox/chat/v1/chat_completion_request_pb.ts';
import { MessageSchema } from '../../../gen/signalbox/chat/v1/message_pb.ts';
import type { Candidate } from '../resolve-model.ts';
import { trimSent } from './answer-joint.ts';

/**
 * The request for the rest of an answer: the same, with what was said as the assistant's turn at the end of the conversation ("prefill").
 *
 * @returns `undefined` when the candidate is not known to go on from there, or the request leaves no room for it: a conversation that ends with
 * the assistant already, a format of the answer, or reasoning, which has to come before it.
 */
export function createContinuation(
  request: ChatCompletionRequest,
  candidate: Candidate,
  sent: string,
): ChatCompletionRequest | undefined {
  const content = trimSent(sent);
  if (content === '' || candidate.provider.takesPrefill?.(candidate.model) !== true) return undefined;
  const { $typeName: _, ...fields } = request;
  const { effort, maxTokens } = request.extraBody?.reasoning ?? {};
  const isReasoning = (effort ?? request.reasoningEffort ?? 'none') !== 'none' || maxTokens !== undefined;
  const endsWithAssistant = request.messages.at(-1)?.role === 'assistant';
  if (isReasoning || endsWithAssistant || request.responseFormat !== undefined) return undefined;
  return create(ChatCompletionRequestSchema, {
    ...fields,
    messages: [...request.messages, create(MessageSchema, { role: 'assistant', content })],
  });
}
