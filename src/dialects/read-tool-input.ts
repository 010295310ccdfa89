import type { ToolCall } from '../../gen/signalbox/chat/v1/message_pb.ts';
import type { JsonObject } from '../core/json.ts';
import { parseExactObject } from './parse-exact-object.ts';

/** What an earlier call gave its tool, for a provider that takes an object. */
export interface ToolInput {
  /** To be written, not read: its numbers may be JSON.rawJSON, to stay as the client wrote them. */
  readonly input: JsonObject;
  /** Whether the arguments are no JSON object, as models write too, and stand as the text that they are in a field of one. */
  readonly isWrapped: boolean;
}

/** The warning for arguments that are wrapped. */
export const wrappedInput =
  'The arguments of an earlier tool call are no JSON object; they were sent as the text of one field.';

/** Reads what a call gave its tool. No text stands for no arguments. */
export function readToolInput({ custom, function: fn }: ToolCall): ToolInput {
  if (custom !== undefined) return { input: { input: custom.input }, isWrapped: false };
  const text = fn?.arguments ?? '';
  if (text.trim() === '') return { input: {}, isWrapped: false };
  const json = parseExactObject(text);
  return json === undefined ? { input: { arguments: text }, isWrapped: true } : { input: json, isWrapped: false };
}
