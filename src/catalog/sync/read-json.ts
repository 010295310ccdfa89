import { isJsonObject, type JsonObject } from '../../core/json.ts';
import { SourceFormatError } from './catalog-source.ts';

/**
 * Reads a source that is one JSON object.
 *
 * @throws SourceFormatError when it is not.
 */
export function readJson(text: string): JsonObject {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    throw new SourceFormatError('is no JSON');
  }
  if (!isJsonObject(value)) throw new SourceFormatError('is no JSON object');
  return value;
}
