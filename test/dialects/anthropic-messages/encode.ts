import type { JsonObject } from '../../../src/core/json.ts';
import { type EncodedRequest, encodeRequest } from '../../../src/dialects/anthropic-messages/encode-request.ts';
import { decodeRequest } from '../../../src/dialects/openai-chat/decode-request.ts';

/** A model that most tests ask for: it thinks with a budget, samples, and takes no schemas. */
export const plainModel = 'claude-sonnet-4-20250514';

/** Encodes a request in the client's form; one without messages says hello. */
export function encode(fields: JsonObject, model = plainModel, stream = false): EncodedRequest {
  const source = { model: `anthropic/${model}`, messages: [{ role: 'user', content: 'Hi' }], ...fields };
  return encodeRequest(decodeRequest(source), { model, stream, source });
}

/** The messages of a request's body. */
export function encodeMessages(messages: JsonObject[], model = plainModel): EncodedRequest['body'] {
  const { system, messages: turns } = encode({ messages }, model).body;
  return { ...(system !== undefined && { system }), messages: turns ?? null };
}
