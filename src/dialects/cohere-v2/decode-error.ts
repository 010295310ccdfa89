import { isJsonObject, type JsonObject, type JsonValue } from '../../core/json.ts';
import { objectOf, parseObject, text } from '../read-values.ts';
import { readFailureStatus } from './finish-reason.ts';

/** An error in Cohere's words. */
export interface CohereError {
  /** `undefined` when it says nothing readable. */
  readonly message: string | undefined;
  /** A short word, which only some have. */
  readonly type: string | undefined;
  /** The HTTP status that it stands for, for errors inside HTTP 200. What is not told is the provider's failure. */
  readonly status: number;
}

/** Decodes the body of an error answer. HTML and the like say nothing. */
export function decodeErrorBody(body: string): CohereError {
  return decodeErrorObject(parseObject(body) ?? {});
}

/**
 * Decodes the error in a whole answer or an event. `undefined`: there is none.
 *
 * It is `{id, message}` with a sentence as message, where an answer has an object; a finish reason that says so; or in the form of the
 * servers before Cohere's.
 */
export function findError(json: JsonObject): CohereError | undefined {
  const { type, message, error } = json;
  const isFlat = type === undefined && typeof message === 'string';
  if (type === 'error' || isFlat || isJsonObject(error) || text(error) !== undefined) return decodeErrorObject(json);
  return findFailure(type === undefined ? json : objectOf(json['delta']));
}

/** Decodes an object that is known to be an error. */
export function decodeErrorObject(json: JsonObject): CohereError {
  const error = isJsonObject(json['error']) ? json['error'] : json;
  const status = [error['status_code'], error['status'], error['code']].find(isErrorStatus);
  return {
    message: text(error['message']) ?? text(error['detail']) ?? text(json['error']),
    type: word(error['error_type']) ?? word(error['type']),
    status: status ?? 500,
  };
}

/** The end of an answer can say that there is none, in a whole one and in the event `message-end`. */
function findFailure({ finish_reason: reason, error }: JsonObject): CohereError | undefined {
  const status = typeof reason === 'string' ? readFailureStatus(reason) : undefined;
  const message = text(error);
  if (status === undefined && message === undefined) return undefined;
  const said = message ?? `it ended the answer with the reason ${String(reason)}`;
  return { message: said, type: undefined, status: status ?? 500 };
}

/** What every error has is no word for what it is. */
function word(value: JsonValue | undefined): string | undefined {
  return typeof value === 'string' && value !== 'error' && /^[\w.-]{1,64}$/.test(value) ? value : undefined;
}

function isErrorStatus(value: JsonValue | undefined): value is number {
  return typeof value === 'number' && Number.isInteger(value) && value >= 400 && value <= 599;
}
