import { type DescEnum, ScalarType } from '@bufbuild/protobuf';
import { isJsonObject, type JsonValue } from '../../core/json.ts';

/** A value of a scalar or enum field, as messages have it. */
export type PlainValue = string | number | bigint | boolean;

/** A value of a field, or why the JSON is none: the end of a sentence, without a full stop. */
export type DecodedScalar = { readonly value: PlainValue } | { readonly problem: string };

const maxInt64 = 2n ** 63n - 1n;
const integerPattern = /^-?\d{1,19}$/;

/** Decodes the JSON of a field of a scalar type. Nothing is converted: a number in quotation marks is none, but for 64-bit ones. */
export function decodeScalar(type: ScalarType, json: JsonValue): DecodedScalar {
  switch (type) {
    case ScalarType.STRING:
      return decodeText(json);
    case ScalarType.BOOL:
      return typeof json === 'boolean' ? { value: json } : createTypeProblem('true or false', json);
    case ScalarType.DOUBLE:
      return decodeDouble(json);
    case ScalarType.INT32:
      return decodeInt32(json);
    case ScalarType.INT64:
      return decodeInt64(json);
    default:
      // A type that routers do not have. The tests walk all of their fields.
      return { problem: 'its type is not supported' };
  }
}

/** Decodes the name of an enum's value. */
export function decodeEnum(type: DescEnum, json: JsonValue): DecodedScalar {
  const named = typeof json === 'string' ? type.values.find(({ name }) => name === json) : undefined;
  if (named !== undefined) return { value: named.number };
  const names = type.values.filter(({ number }) => number !== 0).map(({ name }) => name);
  return { problem: `it must be one of ${names.join(', ')}` };
}

/** The problem of a value of another type. */
export function createTypeProblem(expected: string, json: JsonValue): { readonly problem: string } {
  return { problem: `it must be ${expected}, not ${describeType(json)}` };
}

function describeType(json: JsonValue): string {
  if (json === null) return 'null';
  if (Array.isArray(json)) return 'an array';
  return isJsonObject(json) ? 'an object' : `a ${typeof json}`;
}

function decodeText(json: JsonValue): DecodedScalar {
  if (typeof json !== 'string') return createTypeProblem('a string', json);
  // Protobuf has no text with half a character: such a router could be saved, and not be sent to RPC clients.
  return json.isWellFormed() ? { value: json } : { problem: 'it has half of a surrogate pair, which is no character' };
}

function decodeDouble(json: JsonValue): DecodedScalar {
  if (typeof json !== 'number') return createTypeProblem('a number', json);
  return Number.isFinite(json) ? { value: json } : { problem: 'it must be a finite number' };
}

function decodeInt32(json: JsonValue): DecodedScalar {
  if (typeof json !== 'number') return createTypeProblem('a whole number', json);
  if (!Number.isInteger(json)) return { problem: 'it must be a whole number' };
  return json === (json | 0) ? { value: json } : { problem: 'it must be a whole number of at most 32 bits' };
}

/** Protobuf's own JSON has these in quotation marks, since a JSON number holds 53 bits in most languages. */
function decodeInt64(json: JsonValue): DecodedScalar {
  if (typeof json === 'number') {
    if (!Number.isInteger(json)) return { problem: 'it must be a whole number' };
    // A larger one may have been another number before it was parsed.
    return Number.isSafeInteger(json)
      ? { value: BigInt(json) }
      : { problem: 'it must be a whole number of at most 53 bits' };
  }
  if (typeof json !== 'string') return createTypeProblem('a whole number', json);
  if (!integerPattern.test(json)) return { problem: 'it must be a whole number of at most 64 bits' };
  const value = BigInt(json);
  return value <= maxInt64 && value >= -maxInt64 - 1n
    ? { value }
    : { problem: 'it must be a whole number of at most 64 bits' };
}
