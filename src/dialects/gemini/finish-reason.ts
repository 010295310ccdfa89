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
 * The numbers that `$alt=json;enum-encoding=int` gives in place of the names, as far as AI Studio's and Vertex AI's are the same
 * (google.ai.generativelanguage.v1beta.Candidate.FinishReason, google.cloud.aiplatform.v1.Candidate.FinishReason).
 */
const numberedReasons: ReadonlyMap<number, string> = new Map([
  [0, 'FINISH_REASON_UNSPECIFIED'],
  [1, 'STOP'],
  [2, 'MAX_TOKENS'],
  [3, 'SAFETY'],
  [4, 'RECITATION'],
  [5, 'OTHER'],
  [16, 'NO_IMAGE'],
]);

/** From 6 to 15 they differ, but stand in both for an answer that was withheld or went wrong, and in neither for one that is whole. */
const differingNumber = /^(?:[6-9]|1[0-5])$/;

/** What a reason that is not known here has in its name when it stands for a filter. */
const filterWords = /BLOCK|SAFETY|PROHIBIT|RECITATION|FILTER|POLICY|SPII|ARMOR/;

/** Reads a finish reason as a name. `undefined`: there is none yet. */
export function readFinishReason(value: JsonValue | undefined): string | undefined {
  const name = typeof value === 'number' ? (numberedReasons.get(value) ?? String(value)) : value;
  if (typeof name !== 'string' || name === '' || name === 'FINISH_REASON_UNSPECIFIED') return undefined;
  return name.toWellFormed();
}

/** Whether a finish reason says that the answer cannot be used. */
export function isFailureReason(native: string): boolean {
  return failureReasons.has(native);
}

/**
 * Makes the finish of one choice. A reason that is not known here is an end like any other where the choice says something and the name is
 * not a filter's: new ones come without notice, and an answer that is there should not be lost for that.
 *
 * @param native - from {@link readFinishReason}. `undefined`: the answer ended without one.
 * @param said - whether the choice says anything, and whether it called a tool, of which STOP says nothing.
 */
export function createFinish(
  index: number,
  native: string | undefined,
  said: { readonly anything: boolean; readonly calls: boolean },
): ChoiceFinish {
  const finishReason = findAbnormal(native, said.anything) ?? (said.calls ? 'tool_calls' : 'stop');
  return create(ChoiceFinishSchema, {
    index,
    finishReason,
    ...(native !== undefined && { nativeFinishReason: native }),
  });
}

/** What ended an answer before it was done. `undefined`: it was done. */
function findAbnormal(native: string | undefined, saysAnything: boolean): 'length' | 'content_filter' | undefined {
  if (native === undefined || native === 'STOP') return undefined;
  const known = finishReasons.get(native);
  if (known !== undefined) return known;
  const isFilter = !saysAnything || differingNumber.test(native) || filterWords.test(native.toUpperCase());
  return isFilter ? 'content_filter' : undefined;
}
