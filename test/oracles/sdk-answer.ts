import { isJsonObject, type JsonValue } from '../../src/core/json.ts';
import { unpackToolCallId } from '../../src/dialects/tool-call-memo.ts';
import type { PlainAnswer, PlainToolCall } from '../support/plain-answer.ts';

/** A tool call as an SDK gives it. */
export interface SdkToolCall {
  /** `undefined`: the provider gave none. */
  readonly id: string | undefined;
  readonly name: string;
  readonly input: unknown;
}

/** What an answer says, in the terms that all SDKs have in common. `undefined`: the SDK does not tell. */
export interface SdkAnswer {
  readonly content: string;
  readonly reasoning: string | undefined;
  readonly toolCalls: readonly SdkToolCall[] | undefined;
  /** Tokens, what was cached included. */
  readonly prompt: number | undefined;
  /** Tokens, reasoning included. */
  readonly completion: number | undefined;
  /** Whether the provider said that the model came to an end, be it the token limit's. */
  readonly isComplete: boolean;
}

/** What our decoders said of what the SDK tells, in those terms. */
export function toSdkAnswer({ choices, usage }: PlainAnswer, sdk: SdkAnswer): SdkAnswer {
  const [choice] = choices;
  const calls = choice?.toolCalls ?? [];
  return {
    content: choice?.content ?? '',
    reasoning: sdk.reasoning === undefined ? undefined : (choice?.reasoning ?? ''),
    toolCalls:
      sdk.toolCalls && calls.map((call, index) => toSdkToolCall(call, sdk.toolCalls?.[index]?.id !== undefined)),
    prompt: sdk.prompt === undefined ? undefined : usage?.prompt,
    completion: sdk.completion === undefined ? undefined : usage?.completion,
    isComplete: choice?.finishReason !== undefined,
  };
}

/** Ids that the provider did not give are ours. */
function toSdkToolCall(call: PlainToolCall, isNamed: boolean): SdkToolCall {
  return {
    id: isNamed ? unpackToolCallId(call.id).id : undefined,
    name: call.name,
    input: parseInput(call.arguments),
  };
}

/** The arguments of a tool call. Cut ones are the text that they are. */
export function parseInput(text: string): JsonValue {
  try {
    const json: JsonValue = JSON.parse(text);
    return isJsonObject(json) ? json : text;
  } catch {
    return text;
  }
}

/** The sum of what is known. `undefined`: nothing is. */
export function addTokens(...counts: readonly (number | null | undefined)[]): number | undefined {
  const known = counts.filter((count) => typeof count === 'number');
  return known.length === 0 ? undefined : known.reduce((sum, count) => sum + count, 0);
}
