import type { SignalboxError } from '../../core/errors.ts';
import { encodeError } from '../../dialects/openai-chat/encode-error.ts';
import { encodeStatus } from './encode-status.ts';

/** An error as an HTTP answer. */
export interface ErrorResponse {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
}

/** Where what is managed is: routers, operations, and the model catalogue. */
const managementPaths = ['/router/', '/lro/', '/llm/'];

/** Makes the HTTP answer of an error: a `google.rpc.Status` below the paths of management, elsewhere in OpenAI's form. */
export function createErrorResponse(error: SignalboxError, path: string): ErrorResponse {
  const headers: Record<string, string> = { 'content-type': 'application/json; charset=utf-8' };
  const { retryAfterMs, generationId } = error.details;
  // RFC 9110 §10.2.3: whole seconds; rounded up, so that who obeys does not come too early.
  if (retryAfterMs !== undefined) headers['retry-after'] = String(Math.ceil(retryAfterMs / 1000));
  else if (error.httpStatus === 503) headers['retry-after'] = '1';
  if (generationId !== undefined) {
    headers['x-generation-id'] = generationId;
    // Under this name OpenAI's SDKs show it.
    headers['x-request-id'] = generationId;
  }
  // RFC 9110 §11.6.1: a 401 names the schemes that would do.
  if (error.httpStatus === 401) headers['www-authenticate'] = 'Bearer realm="signalbox", Basic realm="signalbox"';
  const isManagement = managementPaths.some((prefix) => path.startsWith(prefix));
  const body = isManagement ? encodeStatus(error) : encodeError(error);
  return { status: error.httpStatus, headers, body: JSON.stringify(body) };
}
