import { isJsonObject, type JsonObject } from '../../core/json.ts';
import { parseObject, text } from '../read-values.ts';

/** An error in Anthropic's words. */
export interface MessagesError {
  /** `undefined` when the body says nothing readable. */
  readonly message: string | undefined;
  /** Such as `overloaded_error`. */
  readonly type: string | undefined;
  /** The HTTP status that the type stands for. What is not known is the provider's failure. */
  readonly status: number;
}

/** platform.claude.com/docs/en/api/errors. */
const statusOfType: ReadonlyMap<string, number> = new Map([
  ['invalid_request_error', 400],
  ['authentication_error', 401],
  ['billing_error', 402],
  ['permission_error', 403],
  ['not_found_error', 404],
  ['conflict_error', 409],
  ['request_too_large', 413],
  ['rate_limit_error', 429],
  ['api_error', 500],
  ['timeout_error', 504],
  ['overloaded_error', 529],
]);

/** Decodes the body of an error answer. HTML and the like say nothing. */
export function decodeErrorBody(body: string): MessagesError {
  return decodeErrorObject(parseObject(body) ?? {});
}

/** Decodes the error in a reply or an event. `undefined`: there is none. */
export function findError(json: JsonObject): MessagesError | undefined {
  return json['type'] === 'error' || isJsonObject(json['error']) ? decodeErrorObject(json) : undefined;
}

/** Decodes an object that is known to be an error. Platforms before Anthropic put `message` at its root. */
export function decodeErrorObject(json: JsonObject): MessagesError {
  const error = isJsonObject(json['error']) ? json['error'] : json;
  const type = text(error['type']);
  return {
    message: text(error['message']) ?? text(json['error']),
    type,
    status: statusOfType.get(type ?? '') ?? 500,
  };
}
