import type { JsonObject, JsonValue } from '../../../src/core/json.ts';
import { type EncodedRequest, encodeRequest } from '../../../src/dialects/cohere-v2/encode-request.ts';
import { decodeRequest } from '../../../src/dialects/openai-chat/decode-request.ts';

/** A model that calls tools and does not reason. */
export const plainModel = 'command-a-03-2025';
/** A model that reasons. */
export const thinkingModel = 'command-a-reasoning-08-2025';

/** Encodes a request in the client's form; one without messages says hello. */
export function encode(fields: JsonObject, model = plainModel, stream = false): EncodedRequest {
  const source = { model: `cohere/${model}`, messages: [{ role: 'user', content: 'Hi' }], ...fields };
  return encodeRequest(decodeRequest(source), { model, stream, source });
}

/** What a request becomes beside its model and its messages. */
export function encodeRest(fields: JsonObject, model = plainModel): JsonObject {
  const { model: _, messages: __, ...rest } = encode(fields, model).body;
  return rest;
}

/** The messages that messages become. */
export function encodeMessages(
  messages: JsonValue,
  fields: JsonObject = {},
  model = plainModel,
): JsonValue | undefined {
  return encode({ ...fields, messages }, model).body['messages'];
}

/** A function among the tools of a request. */
export function functionTool(name: string, more: JsonObject = {}): JsonObject {
  return { type: 'function', function: { name, ...more } };
}
