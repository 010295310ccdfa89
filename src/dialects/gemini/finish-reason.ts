import { create } from '@bufbuild/protobuf';
import { type ChoiceFinish, ChoiceFinishSchema } from '../../../gen/signalbox/chat/v1/chat_completion_slice_pb.ts';
import type { JsonValue } from '../../core/json.ts';

/** ai.google.dev/api/generate-content#FinishReason, and Vertex AI's MODEL_ARMOR. */
const finishReasons: ReadonlyMap<string, 'length' | 'content_filter'> = new Map([
  ['MAX_TOKENS', 'length'],
  // Withheld, or stopped for a reason that is not told: the answer is not whole, and no fault of the model's.
  ...[
    'SAFETY',
    'RECITATION',
    'LANGUAGE',
    'BLOCKLIST',
    'PROHIBITED_CONTENT',
    'SPII',
    'MODEL_ARMOR',
    'IMAGE_SAFETY',
    'IMAGE_PROHIBITED_CONTENT',
    'IMAGE_RECITATION',
    'OTHER',
    'IMAGE_OTHER',
  ].map((reason) => [reason, 'content_filter'] as const),
]);

/** What Gemini says of an answer that the model got wrong. Such an answer is not a finished one. */
const failureReasons: ReadonlySet<string> = new Set([
  'MALFORMED_FUNCTION_CALL',
  'MALFORMED_RESPONSE',
  'UNEXPECTED_TOOL_CALL',
  'TOO_MANY_TOOL_CALLS',
  'MISSING_THOUGHT_SIGNATURE',
  'NO_IMAGE',
]);

/**
 * The numbers that `$alt=json;enum-encoding=int` gives in place of the names, as far as AI Studio's and Vertex AI's are the same. From
 * 6 to 8 they differ, but stand for filters in both.
 */
const numberedReasons = ['FINISH_REASON_UNSPECIFIED', 'STOP', 'MAX_TOKENS', 'SAFETY', 'RECITATION', 'OTHER'];

/** Reads a finish reason as a name. `undefined`: there is none yet. */
export function readFinishReason(value: JsonValue | undefined): string | undefined {
  const name = typeof value === 'number' ? (numberedReasons[value] ?? String(value)) : value;
  if (typeof name !== 'string' || name === '' || name === 'FINISH_REASON_UNSPECIFIED') return undefined;
  return name.toWellFormed();
}

/** Whether a finish reason says that the answer cannot be used. */
export function isFailureReason(native: string): boolean {
  return failureReasons.has(native);
}

/**
 * Makes the finish of one choice.
 *
 * @param native - from {@link readFinishReason}. `undefined`: the answer ended without one.
 * @param calledTools - whether the choice called a tool, of which STOP says nothing.
 */
export function createFinish(index: number, native: string | undefined, calledTools: boolean): ChoiceFinish {
  const known = finishReasons.get(native ?? '') ?? (/^[678]$/.test(native ?? '') ? 'content_filter' : undefined);
  const finishReason = known ?? (calledTools ? 'tool_calls' : 'stop');
  return create(ChoiceFinishSchema, {
    index,
    finishReason,
    ...(native !== undefined && { nativeFinishReason: native }),
  });
}
