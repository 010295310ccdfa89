import type { Attempt } from '../../gen/signalbox/chat/v1/completion_metadata_pb.ts';
import { type ErrorEntry, type ErrorReason, errorRegistry } from './error-registry.ts';

type Placeholder<Text extends string> = Text extends `${string}{${infer Name}}${infer Rest}`
  ? Name | Placeholder<Rest>
  : never;

/** What the message of a reason needs filled in. */
export type ErrorValues<Reason extends ErrorReason> = Readonly<
  Record<Placeholder<(typeof errorRegistry)[Reason]['message']>, string | number>
>;

/** One field of a request that is wrong. */
export interface FieldViolation {
  /** Path in the client's own terms, such as `messages[0].content`. */
  readonly field: string;
  /** What is wrong, without a full stop. */
  readonly description: string;
}

/** What an error can say beside its message. */
export interface ErrorDetails {
  /** HTTP status in place of the registry's: a provider's own 4xx. */
  readonly httpStatus?: number | undefined;
  /** `error.type` of the provider's own error. */
  readonly type?: string | undefined;
  /** `error.code` of the provider's own error. Default: the reason in lower case. */
  readonly code?: string | undefined;
  /** The field at fault, as OpenAI's `error.param`. */
  readonly param?: string | undefined;
  /** Every field at fault. */
  readonly violations?: readonly FieldViolation[] | undefined;
  /** How long to wait before another try, in milliseconds. */
  readonly retryAfterMs?: number | undefined;
  /** The tries of the call that failed. */
  readonly attempts?: readonly Attempt[] | undefined;
  /** The id of the call that failed. */
  readonly generationId?: string | undefined;
  /** The failed error of the last attempt, or whatever was thrown. Logged, never sent. */
  readonly cause?: unknown;
}

/** A registered error: the only kind that reaches clients. */
export class SignalboxError extends Error {
  override readonly name = 'SignalboxError';
  readonly reason: ErrorReason;
  readonly details: ErrorDetails;

  constructor(reason: ErrorReason, message: string, details: ErrorDetails) {
    super(message, details.cause === undefined ? undefined : { cause: details.cause });
    this.reason = reason;
    this.details = details;
  }

  /** The registry's row. */
  get entry(): ErrorEntry {
    return errorRegistry[this.reason];
  }

  /** HTTP status of the JSON API. */
  get httpStatus(): number {
    return this.details.httpStatus ?? this.entry.httpStatus;
  }
}

/**
 * Makes a registered error.
 *
 * @param reason - its row in the registry.
 * @param values - what the row's message names in braces.
 * @param details - what else it says.
 */
export function createError<Reason extends ErrorReason>(
  reason: Reason,
  values: ErrorValues<Reason>,
  details: ErrorDetails = {},
): SignalboxError {
  const filled: Readonly<Record<string, string | number>> = values;
  const message = errorRegistry[reason].message.replace(/\{(\w+)\}/g, (_, name: string) => String(filled[name]));
  return new SignalboxError(reason, message, details);
}

/**
 * Makes a registered error of whatever was thrown. What is not registered becomes INTERNAL, with the original as its cause, so
 * that nothing of ours leaks.
 */
export function toSignalboxError(thrown: unknown): SignalboxError {
  return thrown instanceof SignalboxError ? thrown : createError('INTERNAL', {}, { cause: thrown });
}
