import type { JsonObject } from '../../../src/core/json.ts';
import { type EncodedRequest, encodeRequest } from '../../../src/dialects/bedrock-converse/encode-request.ts';
import { decodeRequest } from '../../../src/dialects/openai-chat/decode-request.ts';

/** A model that most tests ask for: it reasons with a budget, samples, and takes no schemas. */
export const plainModel = 'us.anthropic.claude-sonnet-4-20250514-v1:0';

/** Encodes a request in the client's form; one without messages says hello. */
export function encode(fields: JsonObject, model = plainModel): EncodedRequest {
  const source = { model: `bedrock/${model}`, messages: [{ role: 'user', content: 'Hi' }], ...fields };
  return encodeRequest(decodeRequest(source), { model, source, fetched: new Map() });
}

/** The conversation in a request's body. */
export function encodeMessages(messages: JsonObject[], model = plainModel): JsonObject {
  const { system, messages: turns } = encode({ messages }, model).body;
  return { ...(system !== undefined && { system }), messages: turns ?? null };
}
