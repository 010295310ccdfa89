import { isJsonObject, type JsonObject, type JsonValue } from '../../core/json.ts';
import { isFailureReason } from './finish-reason.ts';

/** An error in a provider's words. */
export interface ProviderErrorBody {
  /** `undefined` when the body says nothing readable. */
  readonly message: string | undefined;
  readonly type: string | undefined;
  readonly code: string | undefined;
  readonly param: string | undefined;
  /** The HTTP status that the body names, where it comes inside HTTP 200. */
  readonly status: number | undefined;
  /** When the rate limit that it hit is over, in Unix milliseconds. */
  readonly rateLimitResetAtMs: number | undefined;
}

const emptyError: ProviderErrorBody = {
  message: undefined,
  type: undefined,
  code: undefined,
  param: undefined,
  status: undefined,
  rateLimitResetAtMs: undefined,
};

/** How deep a message may stand inside arrays and objects: Mistral's are two levels down. */
const maxMessageDepth = 8;

/** Decodes the body of an error answer, whatever the provider made of OpenAI's form. HTML and the like say nothing. */
export function decodeErrorBody(body: string): ProviderErrorBody {
  let json: JsonValue;
  try {
    json = JSON.parse(body);
  } catch {
    return emptyError;
  }
  // Google's endpoint for OpenAI's clients puts its one error into an array.
  const error = Array.isArray(json) ? json[0] : json;
  return isJsonObject(error) ? decodeErrorObject(error) : emptyError;
}

/** Decodes an object that is known to be an error, its fields at the root or below `error`. */
export function decodeErrorObject(json: JsonObject): ProviderErrorBody {
  return decodeError(json) ?? decodeFlat(json);
}

/**
 * Decodes the error inside a reply or chunk, as it can come under HTTP 200 and in the middle of a stream. `undefined` when it
 * has none.
 */
export function decodeError(json: JsonObject): ProviderErrorBody | undefined {
  const error = json['error'];
  // xAI: {"code": "<sentence>", "error": "<sentence>"}.
  if (typeof error === 'string' && error !== '') return { ...emptyError, message: error, code: word(json['code']) };
  if (isJsonObject(error)) return decodeFlat(error);
  return isFlatError(json) ? decodeFlat(json) : decodeChoiceError(json['choices']);
}

/** Mistral and older vLLM say `object: "error"`, in this or that case; Cerebras says neither that nor anything that an answer has. */
function isFlatError(json: JsonObject): boolean {
  if (typeof json['object'] === 'string') return json['object'].toLowerCase() === 'error';
  const isAnswer = json['choices'] !== undefined || json['usage'] !== undefined;
  return !isAnswer && readMessage(json['message']) !== undefined;
}

/** OpenRouter can put the error of a whole reply into its choice; others only say that the choice ended with one. */
function decodeChoiceError(choices: JsonValue | undefined): ProviderErrorBody | undefined {
  if (!Array.isArray(choices)) return undefined;
  for (const choice of choices) {
    if (!isJsonObject(choice)) continue;
    if (isJsonObject(choice['error'])) return decodeFlat(choice['error']);
    const reason = choice['finish_reason'];
    if (typeof reason === 'string' && isFailureReason(reason)) {
      return { ...emptyError, message: `it ended the answer with the reason ${reason}` };
    }
  }
  return undefined;
}

/** Cerebras, Mistral and older vLLM put the error's fields at the root. */
function decodeFlat(json: JsonObject): ProviderErrorBody {
  const code = json['code'];
  const message = readMessage(json['message']) ?? readMessage(json['detail']) ?? readMessage(json['details']);
  return {
    message: addRawMessage(message, json['metadata']),
    type: word(json['type']),
    code: word(code),
    param: word(json['param']),
    // Groq names it status_code, Azure status, OpenRouter puts it in code, Azure sometimes as a string there.
    status: httpStatus(json['status_code']) ?? httpStatus(json['status']) ?? httpStatus(code),
    rateLimitResetAtMs: readRateLimitReset(json['metadata']),
  };
}

/**
 * OpenRouter says that a provider failed, and beside it what that provider said, as text which can be JSON of its own:
 * openrouter.ai/docs/api-reference/errors.
 */
function addRawMessage(message: string | undefined, metadata: JsonValue | undefined): string | undefined {
  const raw = isJsonObject(metadata) ? metadata['raw'] : undefined;
  if (typeof raw !== 'string' || raw.trim() === '') return message;
  const said = decodeErrorBody(raw).message ?? (raw.trimStart().startsWith('<') ? undefined : raw);
  if (said === undefined) return message;
  return message === undefined ? said : `${message}: ${said}`;
}

/** OpenRouter hands the headers of its limits on in the body: openrouter.ai/docs/api-reference/limits. */
function readRateLimitReset(metadata: JsonValue | undefined): number | undefined {
  const headers = isJsonObject(metadata) ? metadata['headers'] : undefined;
  const value = isJsonObject(headers) ? headers['X-RateLimit-Reset'] : undefined;
  const time = typeof value === 'string' && /^\d+$/.test(value) ? Number(value) : value;
  return typeof time === 'number' && Number.isSafeInteger(time) && time > 0 ? time : undefined;
}

/** Mistral's `message` can be a string, an object with `detail`, or an array of {loc, msg}. */
function readMessage(value: JsonValue | undefined, depth = 0): string | undefined {
  if (typeof value === 'string') return value.trim() === '' ? undefined : value;
  if (depth > maxMessageDepth) return undefined;
  if (Array.isArray(value)) {
    const messages = value.map((item) =>
      isJsonObject(item) ? describeViolation(item, depth + 1) : readMessage(item, depth + 1),
    );
    return messages.filter((message) => message !== undefined).join('; ') || undefined;
  }
  if (!isJsonObject(value)) return undefined;
  return readMessage(value['detail'], depth + 1) ?? readMessage(value['msg'], depth + 1);
}

function describeViolation(item: JsonObject, depth: number): string | undefined {
  const message = readMessage(item['msg'], depth) ?? readMessage(item['message'], depth);
  const steps = Array.isArray(item['loc']) ? item['loc'] : [];
  const place = steps.filter((step) => typeof step === 'string' || typeof step === 'number').join('.');
  return message === undefined || place === '' ? message : `${place}: ${message}`;
}

/** A short machine-readable word. A sentence in its place is no code. */
function word(value: JsonValue | undefined): string | undefined {
  return typeof value === 'string' && /^[\w.[\]-]{1,64}$/.test(value) ? value : undefined;
}

function httpStatus(value: JsonValue | undefined): number | undefined {
  const status = typeof value === 'string' ? Number(value) : value;
  return typeof status === 'number' && Number.isInteger(status) && status >= 400 && status <= 599 ? status : undefined;
}
