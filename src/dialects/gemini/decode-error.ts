import { isJsonObject, type JsonObject, type JsonValue } from '../../core/json.ts';
import { objects, text } from '../read-values.ts';

/** An error in Google's words: cloud.google.com/apis/design/errors#error_model. */
export interface GeminiError {
  /** `undefined` when the body says nothing readable. */
  readonly message: string | undefined;
  /** The HTTP status that it names. */
  readonly httpStatus: number | undefined;
  /** Such as `INVALID_ARGUMENT`. */
  readonly status: string | undefined;
  /** The reason in its ErrorInfo, such as `API_KEY_INVALID`. */
  readonly reason: string | undefined;
  /** The first field that its BadRequest names. */
  readonly field: string | undefined;
  /** How long its RetryInfo asks to wait. */
  readonly retryDelayMs: number | undefined;
}

const emptyError: GeminiError = {
  message: undefined,
  httpStatus: undefined,
  status: undefined,
  reason: undefined,
  field: undefined,
  retryDelayMs: undefined,
};

/** No provider is believed to want more than a day, in milliseconds. */
const maxRetryDelayMs = 24 * 60 * 60 * 1000;

/** cloud.google.com/apis/design/errors#handling_errors. */
const httpStatusOf: ReadonlyMap<string, number> = new Map([
  ['INVALID_ARGUMENT', 400],
  ['FAILED_PRECONDITION', 400],
  ['OUT_OF_RANGE', 400],
  ['UNAUTHENTICATED', 401],
  ['PERMISSION_DENIED', 403],
  ['NOT_FOUND', 404],
  ['ABORTED', 409],
  ['ALREADY_EXISTS', 409],
  ['RESOURCE_EXHAUSTED', 429],
  ['CANCELLED', 499],
  ['UNAVAILABLE', 503],
  ['DEADLINE_EXCEEDED', 504],
]);

/** Decodes the body of an error answer. HTML and the like say nothing. */
export function decodeErrorBody(body: string): GeminiError {
  let json: JsonValue;
  try {
    json = JSON.parse(body);
  } catch {
    return emptyError;
  }
  // A stream that was not asked for as server-sent events is an array, its errors too.
  const first = Array.isArray(json) ? json[0] : json;
  return (isJsonObject(first) ? decodeError(first) : undefined) ?? emptyError;
}

/** Decodes the error in a reply or in an event of a stream. `undefined` when it has none. */
export function decodeError(json: JsonObject): GeminiError | undefined {
  const error = json['error'];
  if (!isJsonObject(error)) return undefined;
  const details = objects(error['details']);
  const find = (type: string) => details.find((detail) => text(detail['@type'])?.endsWith(`/google.rpc.${type}`));
  const status = word(error['status']);
  return {
    message: text(error['message']),
    httpStatus: readHttpStatus(error['code']) ?? httpStatusOf.get(status ?? ''),
    status,
    reason: word(find('ErrorInfo')?.['reason']),
    field: text(objects(find('BadRequest')?.['fieldViolations'])[0]?.['field'])?.slice(0, 200),
    retryDelayMs: parseDelayMs(find('RetryInfo')?.['retryDelay']),
  };
}

/**
 * Why the prompt was blocked, as the end of a sentence without a full stop. `undefined`: it was not
 * (ai.google.dev/api/generate-content#BlockReason).
 */
export function describeBlockedPrompt(json: JsonObject): string | undefined {
  const feedback = json['promptFeedback'];
  if (!isJsonObject(feedback)) return undefined;
  const given = feedback['blockReason'];
  const reason = typeof given === 'number' ? String(given) : text(given);
  // The first of the numbers stands for the name.
  if (reason === undefined || reason === 'BLOCK_REASON_UNSPECIFIED' || reason === '0') return undefined;
  const message = text(feedback['blockReasonMessage']);
  return `The prompt was blocked (${reason})${message === undefined ? '.' : `: ${message}`}`;
}

/** A google.protobuf.Duration in JSON, such as `48s` or `1.5s`. */
function parseDelayMs(value: JsonValue | undefined): number | undefined {
  const [, seconds] = typeof value === 'string' ? (/^(\d{1,12}(?:\.\d{1,9})?)s$/.exec(value) ?? []) : [];
  return seconds === undefined ? undefined : Math.min(Math.ceil(Number(seconds) * 1000), maxRetryDelayMs);
}

function word(value: JsonValue | undefined): string | undefined {
  return typeof value === 'string' && /^\w{1,64}$/.test(value) ? value : undefined;
}

function readHttpStatus(value: JsonValue | undefined): number | undefined {
  return typeof value === 'number' && Number.isInteger(value) && value >= 400 && value <= 599 ? value : undefined;
}
