import type { JsonObject } from '../../core/json.ts';
import { parseObject, text } from '../read-values.ts';

/** An error in Bedrock's words. */
export interface ConverseError {
  /** `undefined` when the body says nothing readable. */
  readonly message: string | undefined;
  /** Such as `ThrottlingException`. */
  readonly type: string | undefined;
}

/**
 * Decodes an error answer. Its type is in the header `x-amzn-errortype`, with the address of a schema behind it, and with some servers in
 * the body (smithy.io/2.0/aws/protocols/aws-restjson1-protocol.html#operation-error-serialization). HTML and the like say nothing.
 *
 * @param header - what the header says.
 */
export function decodeErrorAnswer(body: string, header: string | undefined): ConverseError {
  const error = parseObject(body) ?? {};
  return { message: readMessage(error), type: readType(header ?? text(error['__type']) ?? text(error['code'])) };
}

/**
 * Decodes an error inside a stream.
 *
 * @param type - what the message's headers call it, such as `throttlingException`.
 */
export function decodeException(payload: JsonObject, type: string | undefined): ConverseError {
  return { message: readMessage(payload), type: readType(type) };
}

/** Servers before the model capitalise. */
function readMessage(error: JsonObject): string | undefined {
  return text(error['message']) ?? text(error['Message']) ?? text(error['originalMessage']);
}

/** The name of a shape: without the address behind it and the namespace before it, and capitalised as answers have it. */
function readType(type: string | undefined): string | undefined {
  const name = type?.split(':')[0]?.split('#').at(-1)?.trim();
  return name ? name.charAt(0).toUpperCase() + name.slice(1) : undefined;
}
