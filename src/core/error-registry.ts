/**
 * Every error that can reach a client or an operator, by reason.
 *
 * The table in docs/errors.md is the same table; a test compares them. `{name}` in a message is filled in by the code that
 * raises the error. Messages are for people: one sentence on what is wrong, and what to do.
 */

/** Names of the gRPC status codes in use. */
export type StatusCode =
  | 'CANCELLED'
  | 'INVALID_ARGUMENT'
  | 'DEADLINE_EXCEEDED'
  | 'NOT_FOUND'
  | 'ALREADY_EXISTS'
  | 'PERMISSION_DENIED'
  | 'RESOURCE_EXHAUSTED'
  | 'FAILED_PRECONDITION'
  | 'ABORTED'
  | 'UNIMPLEMENTED'
  | 'INTERNAL'
  | 'UNAVAILABLE'
  | 'UNAUTHENTICATED';

/**
 * What the router may do after an attempt that failed so: nothing more, try the next candidate, or also try the same one again. What it does
 * of that is routing's policy (docs/routing.md).
 */
export type Retry = 'never' | 'next' | 'same';

/** `error.type` of the JSON API, in the vocabulary that OpenAI's clients know. */
export type ErrorType =
  | 'invalid_request_error'
  | 'authentication_error'
  | 'permission_error'
  | 'not_found_error'
  | 'rate_limit_error'
  | 'timeout_error'
  | 'server_error';

/** One row of the registry. */
export interface ErrorEntry {
  /** gRPC and Connect status. */
  readonly code: StatusCode;
  /** HTTP status of the JSON API. */
  readonly httpStatus: number;
  /** `error.type` of the JSON API. */
  readonly type: ErrorType;
  /** What else may be tried. Only errors of an attempt say other than `never`. */
  readonly retry: Retry;
  /** The sentence, with `{placeholders}`. */
  readonly message: string;
}

export const errorRegistry = {
  // The request itself.
  INVALID_JSON: {
    code: 'INVALID_ARGUMENT',
    httpStatus: 400,
    type: 'invalid_request_error',
    retry: 'never',
    message: 'The request body is not valid JSON: {problem}. Send one JSON object in UTF-8.',
  },
  INVALID_FIELD: {
    code: 'INVALID_ARGUMENT',
    httpStatus: 400,
    type: 'invalid_request_error',
    retry: 'never',
    message: 'The field {field} is invalid: {problem}.',
  },
  INVALID_REQUEST: {
    code: 'INVALID_ARGUMENT',
    httpStatus: 400,
    type: 'invalid_request_error',
    retry: 'never',
    message: 'The request is invalid: {problem}.',
  },
  BODY_TOO_LARGE: {
    code: 'RESOURCE_EXHAUSTED',
    httpStatus: 413,
    type: 'invalid_request_error',
    retry: 'never',
    message:
      'The request body is larger than {maxBytes} bytes. Send less, or have the operator raise server.max_body_bytes.',
  },
  UNSUPPORTED_CONTENT_TYPE: {
    code: 'INVALID_ARGUMENT',
    httpStatus: 415,
    type: 'invalid_request_error',
    retry: 'never',
    message: 'The content type {contentType} is not supported here. Send application/json.',
  },
  PATH_UNKNOWN: {
    code: 'NOT_FOUND',
    httpStatus: 404,
    type: 'not_found_error',
    retry: 'never',
    message: 'There is nothing at {path}. The paths are listed at /openapi.json, the RPC methods by gRPC reflection.',
  },
  METHOD_NOT_ALLOWED: {
    code: 'UNIMPLEMENTED',
    httpStatus: 405,
    type: 'invalid_request_error',
    retry: 'never',
    message: 'The path {path} does not take {method}. Use {allowed}.',
  },

  // Who calls.
  CREDENTIALS_MISSING: {
    code: 'UNAUTHENTICATED',
    httpStatus: 401,
    type: 'authentication_error',
    retry: 'never',
    message: 'No API key was sent. Send the header "authorization: Bearer KEY" or "authorization: Basic KEY".',
  },
  CREDENTIALS_INVALID: {
    code: 'UNAUTHENTICATED',
    httpStatus: 401,
    type: 'authentication_error',
    retry: 'never',
    message: 'The API key is not valid. A key is base64(id:secret); check that it was copied whole and still exists.',
  },
  SCOPE_MISSING: {
    code: 'PERMISSION_DENIED',
    httpStatus: 403,
    type: 'permission_error',
    retry: 'never',
    message: 'This API key lacks the scope {scope}. Use a key that has it, or add it to the key.',
  },

  // Which model.
  MODEL_UNKNOWN: {
    code: 'INVALID_ARGUMENT',
    httpStatus: 400,
    type: 'invalid_request_error',
    retry: 'never',
    message:
      'The model {model} is not known here. {hint} Or name it as provider/model, with one of the providers {providers}.',
  },
  PROVIDER_UNKNOWN: {
    code: 'INVALID_ARGUMENT',
    httpStatus: 400,
    type: 'invalid_request_error',
    retry: 'never',
    message: 'The provider {provider} of the model {model} is not known here. Known providers: {providers}.',
  },
  PROVIDER_NOT_CONFIGURED: {
    code: 'INVALID_ARGUMENT',
    httpStatus: 400,
    type: 'invalid_request_error',
    retry: 'never',
    message: 'The provider {provider} is not configured. To make it live, {remedy}.',
  },
  ROUTER_UNKNOWN: {
    code: 'NOT_FOUND',
    httpStatus: 404,
    type: 'not_found_error',
    retry: 'never',
    message: 'The router {router} does not exist in this workspace. Check its name, and the workspace of the key.',
  },
  MODEL_NOT_FOUND: {
    code: 'NOT_FOUND',
    httpStatus: 404,
    type: 'not_found_error',
    retry: 'never',
    message: 'The model {model} is not listed here. {hint}',
  },
  SELECTION_UNAVAILABLE: {
    code: 'INVALID_ARGUMENT',
    httpStatus: 400,
    type: 'invalid_request_error',
    retry: 'never',
    message:
      'There is no model to choose for {model}: no provider with models in the catalogue is live. Set the key of one, or name a model as provider/model.',
  },
  MODEL_NOT_LIVE: {
    code: 'INVALID_ARGUMENT',
    httpStatus: 400,
    type: 'invalid_request_error',
    retry: 'never',
    message: 'The model {model} runs at {providers}, of which none is live here. To make one live, {remedy}.',
  },
  PROVIDER_WITHOUT_MODELS: {
    code: 'INVALID_ARGUMENT',
    httpStatus: 400,
    type: 'invalid_request_error',
    retry: 'never',
    message:
      'The catalogue has no models of the provider {provider}. Name one as {provider}/MODEL, or have the operator add it to catalog.models.',
  },
  NO_CANDIDATE: {
    code: 'INVALID_ARGUMENT',
    httpStatus: 400,
    type: 'invalid_request_error',
    retry: 'never',
    message: 'No model is left to try: {removed}. Ask for less, ignore fewer models, or add one to extra_body.models.',
  },
  WEB_SEARCH_UNAVAILABLE: {
    code: 'INVALID_ARGUMENT',
    httpStatus: 400,
    type: 'invalid_request_error',
    retry: 'never',
    message:
      'This server has no search engine for web_search. Leave it out, or use web_search_options with a model that searches.',
  },

  // Saved routers.
  ROUTER_EXISTS: {
    code: 'ALREADY_EXISTS',
    httpStatus: 409,
    type: 'invalid_request_error',
    retry: 'never',
    message: 'The router {router} exists already. Update it, or choose another name.',
  },
  ROUTER_CHANGED: {
    code: 'ABORTED',
    httpStatus: 409,
    type: 'invalid_request_error',
    retry: 'never',
    message:
      'The router {router} has changed since it was read. Read it again, and repeat the change with its new etag.',
  },
  ROUTER_READ_ONLY: {
    code: 'FAILED_PRECONDITION',
    httpStatus: 400,
    type: 'invalid_request_error',
    retry: 'never',
    message: 'The router {router} comes from {file} on the server, and is changed there.',
  },
  ROUTER_LIMIT: {
    code: 'FAILED_PRECONDITION',
    httpStatus: 400,
    type: 'invalid_request_error',
    retry: 'never',
    message:
      'This workspace has {maxRouters} routers, which is the most. Delete one, or have the operator raise routing.max_routers.',
  },
  STORE_FAILED: {
    code: 'UNAVAILABLE',
    httpStatus: 503,
    type: 'server_error',
    retry: 'never',
    message: "The server's store failed, so this was not done. Try again; the operator finds the cause in the log.",
  },
  OPERATION_UNKNOWN: {
    code: 'NOT_FOUND',
    httpStatus: 404,
    type: 'not_found_error',
    retry: 'never',
    message: 'The operation {operation} does not exist in this workspace. Operations are kept for 24 hours at most.',
  },
  NO_ROUTE_MATCHED: {
    code: 'INVALID_ARGUMENT',
    httpStatus: 400,
    type: 'invalid_request_error',
    retry: 'never',
    // The one literal text that clients of the reference system know.
    message: 'No route matched. Configure a default route or adjust conditions.',
  },
  VARIANT_UNUSABLE: {
    code: 'FAILED_PRECONDITION',
    httpStatus: 400,
    type: 'invalid_request_error',
    retry: 'never',
    message: 'The router {router} chose the variant {variant} of its route {route}, which cannot be called: {problem}',
  },
  PROMPT_VARIABLE_MISSING: {
    code: 'INVALID_ARGUMENT',
    httpStatus: 400,
    type: 'invalid_request_error',
    retry: 'never',
    message: 'The templates of the router {router} need {variables}. Give them in extra_body.prompt_variables.',
  },

  // What became of one attempt.
  PROVIDER_UNREACHABLE: {
    code: 'UNAVAILABLE',
    httpStatus: 502,
    type: 'server_error',
    retry: 'same',
    message: '{provider} could not be reached: {problem}.',
  },
  PROVIDER_TIMEOUT: {
    code: 'DEADLINE_EXCEEDED',
    httpStatus: 504,
    type: 'timeout_error',
    retry: 'same',
    message: '{provider} did not answer in time: {problem}.',
  },
  FIRST_TOKEN_TIMEOUT: {
    code: 'DEADLINE_EXCEEDED',
    httpStatus: 504,
    type: 'timeout_error',
    retry: 'next',
    message: '{provider} sent no first token within {timeoutMs} ms.',
  },
  PROVIDER_RATE_LIMITED: {
    code: 'RESOURCE_EXHAUSTED',
    httpStatus: 429,
    type: 'rate_limit_error',
    retry: 'same',
    message: '{provider} limits the rate of calls: {problem}',
  },
  PROVIDER_FAILED: {
    code: 'UNAVAILABLE',
    httpStatus: 502,
    type: 'server_error',
    retry: 'same',
    message: '{provider} failed with HTTP {status}: {problem}',
  },
  PROVIDER_CREDENTIALS: {
    code: 'UNAVAILABLE',
    httpStatus: 502,
    type: 'server_error',
    retry: 'next',
    message:
      '{provider} refused the credentials that this server has for it (HTTP {status}). The operator must check them.',
  },
  PROVIDER_UNUSABLE: {
    code: 'UNAVAILABLE',
    httpStatus: 502,
    type: 'server_error',
    retry: 'same',
    message: '{provider} sent an answer that cannot be used: {problem}.',
  },
  PROVIDER_CUT: {
    code: 'UNAVAILABLE',
    httpStatus: 502,
    type: 'server_error',
    retry: 'same',
    message: '{provider} broke off before the answer was complete: {problem}.',
  },
  PROVIDER_REFUSED: {
    code: 'INVALID_ARGUMENT',
    httpStatus: 400,
    type: 'invalid_request_error',
    retry: 'never',
    // The provider's own words, since clients look for them.
    message: '{problem}',
  },
  REQUEST_UNSUPPORTED: {
    code: 'INVALID_ARGUMENT',
    httpStatus: 400,
    type: 'invalid_request_error',
    // Another provider may be able to.
    retry: 'next',
    message: '{problem}',
  },
  CONTEXT_TOO_LONG: {
    code: 'INVALID_ARGUMENT',
    httpStatus: 400,
    type: 'invalid_request_error',
    // A candidate with a larger context may take it; the others are not asked.
    retry: 'next',
    message: '{problem}',
  },
  CONTENT_REFUSED: {
    code: 'FAILED_PRECONDITION',
    httpStatus: 400,
    type: 'invalid_request_error',
    retry: 'never',
    message: '{problem}',
  },

  // What became of the call.
  ATTEMPTS_FAILED: {
    code: 'UNAVAILABLE',
    httpStatus: 502,
    type: 'server_error',
    retry: 'never',
    message: 'No model gave an answer. {attempts}',
  },
  ATTEMPTS_RATE_LIMITED: {
    code: 'RESOURCE_EXHAUSTED',
    httpStatus: 429,
    type: 'rate_limit_error',
    retry: 'never',
    message: 'Every model that was tried limits the rate of calls: wait, or add a fallback. {attempts}',
  },
  ATTEMPTS_TIMED_OUT: {
    code: 'DEADLINE_EXCEEDED',
    httpStatus: 504,
    type: 'timeout_error',
    retry: 'never',
    message: 'Every model that was tried timed out. {attempts}',
  },
  STREAM_CUT: {
    code: 'UNAVAILABLE',
    httpStatus: 502,
    type: 'server_error',
    retry: 'never',
    message: 'The answer broke off and is incomplete; ask again. {problem}',
  },
  CALL_CANCELLED: {
    code: 'CANCELLED',
    httpStatus: 499,
    type: 'invalid_request_error',
    retry: 'never',
    message: 'The client gave up the call.',
  },
  CALL_DEADLINE: {
    code: 'DEADLINE_EXCEEDED',
    httpStatus: 504,
    type: 'timeout_error',
    retry: 'never',
    message: 'The call did not finish within its deadline. Allow more time, or name a faster model.',
  },
  SERVER_DRAINING: {
    code: 'UNAVAILABLE',
    httpStatus: 503,
    type: 'server_error',
    retry: 'never',
    message: 'This server is shutting down. Send the call again; another process will take it.',
  },
  SERVER_OVERLOADED: {
    code: 'UNAVAILABLE',
    httpStatus: 503,
    type: 'server_error',
    retry: 'never',
    message:
      'This server has more to do than it can: {problem}. Send the call again in a while, or to another process.',
  },
  INTERNAL: {
    code: 'INTERNAL',
    httpStatus: 500,
    type: 'server_error',
    retry: 'never',
    message: 'The server made a mistake. The operator finds the cause in the log under the generation id or the time.',
  },
} as const satisfies Record<string, ErrorEntry>;

/** The reason of an error: its name in logs, metrics, `ErrorInfo.reason` and `attempts[].error_code`. */
export type ErrorReason = keyof typeof errorRegistry;
