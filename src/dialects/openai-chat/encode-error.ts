import type { SignalboxError } from '../../core/errors.ts';
import type { JsonObject } from '../../core/json.ts';
import { encodeAttempt, setKnown } from './encode-answer-parts.ts';

/** Encodes an error as OpenAI's clients expect it, with the gateway's `metadata` when providers were tried. */
export function encodeError(error: SignalboxError): JsonObject {
  const { details, entry } = error;
  const body: JsonObject = {
    message: error.message,
    type: details.type ?? entry.type,
    param: details.param ?? null,
    code: details.code ?? error.reason.toLowerCase(),
  };
  const metadata: JsonObject = {};
  if (details.attempts !== undefined) metadata['attempts'] = details.attempts.map(encodeAttempt);
  setKnown(metadata, 'generation_id', details.generationId);
  if (details.violations !== undefined && details.violations.length > 0) {
    metadata['field_violations'] = details.violations.map(({ field, description }) => ({ field, description }));
  }
  if (Object.keys(metadata).length > 0) body['metadata'] = metadata;
  return { error: body };
}
