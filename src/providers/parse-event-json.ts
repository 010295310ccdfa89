import { createError } from '../core/errors.ts';
import { isJsonObject, type JsonObject, type JsonValue } from '../core/json.ts';

/**
 * Parses what an event of a stream holds, which is a JSON object in every format.
 *
 * @throws SignalboxError PROVIDER_UNUSABLE when it is none.
 */
export function parseEventJson(text: string, provider: string): JsonObject {
  let json: JsonValue;
  try {
    json = JSON.parse(text);
  } catch {
    throw createError('PROVIDER_UNUSABLE', { provider, problem: 'an event of the stream is not JSON' });
  }
  if (isJsonObject(json)) return json;
  throw createError('PROVIDER_UNUSABLE', { provider, problem: 'an event of the stream is not a JSON object' });
}
