import type { Message } from '../../../gen/signalbox/chat/v1/message_pb.ts';
import { isTextPart, readMessageText } from './message-text.ts';
import { countTokens, mediaTokens } from './tokenise.ts';

/** Tokens of each message's frame. */
const tokensPerMessage = 3;

/**
 * Tokens of a prompt: for each message 3, its name, its text, its reasoning and refusal, the names and arguments of its tool
 * calls, and 64 for each part that is not text. Tools and settings do not count.
 */
export function countPromptTokens(messages: readonly Message[]): number {
  return messages.reduce((sum, message) => sum + countMessageTokens(message), 0);
}

function countMessageTokens(message: Message): number {
  const parts = message.contentParts;
  const texts = [
    message.name ?? '',
    message.reasoningContent ?? '',
    message.refusal ?? '',
    ...message.toolCalls.flatMap(({ function: call, custom }) => [
      call?.name ?? custom?.name ?? '',
      call?.arguments ?? custom?.input ?? '',
    ]),
    ...(parts.length === 0 ? [readMessageText(message)] : []),
    ...parts.flatMap(({ part }) => (part.case === 'text' || part.case === 'refusal' ? [part.value] : [])),
  ];
  const media = parts.filter((part) => !isTextPart(part)).length;
  return tokensPerMessage + media * mediaTokens + texts.reduce((sum, text) => sum + countTokens(text), 0);
}
