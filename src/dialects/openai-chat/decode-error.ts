import { isJsonObject, type JsonObject, type JsonValue } from '../../core/json.ts';

/** An error in a provider's words. */
export interface ProviderErrorBody {
  /** `undefined` when the body says nothing readable. */
  readonly message: string | undefined;
  readonly type: string | undefined;
  readonly code: string | undefined;
  readonly param: string | undefined;
  /** The HTTP status that the body names, where it comes inside HTTP 200. */
  readonly status: number | undefined;
}

const emptyError: ProviderErrorBody = {
  message: undefined,
  type: undefined,
  code: undefined,
  param: undefined,
  status: undefined,
};

/** Decodes the body of an error answer, whatever the provider made of OpenAI's form. HTML and the like say nothing. */
export function decodeErrorBody(body: string): ProviderErrorBody {
  try {
    const json: JsonValue = JSON.parse(body);
    return isJsonObject(json) ? (decodeError(json) ?? decodeFlat(json)) : emptyError;
  } catch {
    return emptyError;
  }
}

/**
 * Decodes the error inside a reply or chunk, as it can come under HTTP 200 and in the middle of a stream. `undefined` when it
 * has none.
 */
export function decodeError(json: JsonObject): ProviderErrorBody | undefined {
  const error = json['error'];
  // xAI: {"code": "<sentence>", "error": "<sentence>"}.
  if (typeof error === 'string' && error !== '') return { ...emptyError, message: error, code: word(json['code']) };
  return isJsonObject(error) ? decodeFlat(error) : undefined;
}

/** Cerebras, Mistral and older vLLM put the error's fields at the root. */
function decodeFlat(json: JsonObject): ProviderErrorBody {
  const code = json['code'];
  return {
    message: readMessage(json['message']) ?? readMessage(json['detail']) ?? readMessage(json['details']),
    type: word(json['type']),
    code: typeof code === 'number' ? undefined : word(code),
    param: word(json['param']),
    // Groq names it status_code, Azure status, OpenRouter puts it in code, Azure sometimes as a string there.
    status: httpStatus(json['status_code']) ?? httpStatus(json['status']) ?? httpStatus(code),
  };
}

/** Mistral's `message` can be a string, an object with `detail`, or an array of {loc, msg}. */
function readMessage(value: JsonValue | undefined): string | undefined {
  if (typeof value === 'string') return value.trim() === '' ? undefined : value;
  if (Array.isArray(value)) {
    const messages = value.map((item) => (isJsonObject(item) ? describeViolation(item) : readMessage(item)));
    return messages.filter((message) => message !== undefined).join('; ') || undefined;
  }
  return isJsonObject(value) ? (readMessage(value['detail']) ?? readMessage(value['msg'])) : undefined;
}

function describeViolation(item: JsonObject): string | undefined {
  const message = readMessage(item['msg']) ?? readMessage(item['message']);
  const place = Array.isArray(item['loc']) ? item['loc'].join('.') : undefined;
  return message === undefined || place === undefined ? message : `${place}: ${message}`;
}

/** A short machine-readable word. A sentence in its place is no code. */
function word(value: JsonValue | undefined): string | undefined {
  return typeof value === 'string' && /^[\w.[\]-]{1,64}$/.test(value) ? value : undefined;
}

function httpStatus(value: JsonValue | undefined): number | undefined {
  const status = typeof value === 'string' ? Number(value) : value;
  return typeof status === 'number' && Number.isInteger(status) && status >= 400 && status <= 599 ? status : undefined;
}
