import { type DescField, ScalarType, toJson } from '@bufbuild/protobuf';
import { isReflectMessage, type ReflectMessage, reflect } from '@bufbuild/protobuf/reflect';
import { FeatureSet_FieldPresence, TimestampSchema } from '@bufbuild/protobuf/wkt';
import { type Router, RouterSchema } from '../../../gen/signalbox/router/v1/router_pb.ts';
import type { JsonObject, JsonValue } from '../../core/json.ts';
import { writtenNameOf } from './field-names.ts';

/**
 * Encodes a router as REST clients get it: camelCase on the router itself, snake_case inside, times as RFC 3339. Absent fields are left
 * out; a weight or a bias of 0 is there, because it says something.
 */
export function encodeRouter(router: Router): JsonObject {
  return encodeMessage(reflect(RouterSchema, router, false));
}

function encodeMessage(message: ReflectMessage): JsonObject {
  const json: JsonObject = {};
  for (const field of message.fields) {
    if (message.isSet(field) || isPlainNumber(field)) json[writtenNameOf(field)] = encodeField(message, field);
  }
  return json;
}

/** Whether a field is a number that is never absent. */
function isPlainNumber(field: DescField): boolean {
  return field.scalar === ScalarType.DOUBLE && field.presence === FeatureSet_FieldPresence.IMPLICIT;
}

function encodeField(message: ReflectMessage, field: DescField): JsonValue {
  if (field.fieldKind === 'list') return Array.from(message.get(field), (item) => encodeValue(field, item));
  return encodeValue(field, message.get(field));
}

function encodeValue(field: DescField, value: unknown): JsonValue {
  if (isReflectMessage(value, TimestampSchema)) return toJson(value.desc, value.message);
  if (isReflectMessage(value)) return encodeMessage(value);
  switch (typeof value) {
    case 'string':
    case 'boolean':
      return value;
    case 'number':
      return field.enum?.value[value]?.name ?? value;
    case 'bigint':
      return Number.isSafeInteger(Number(value)) ? Number(value) : String(value);
    default:
      throw new TypeError(`the field ${field.name} has a type that routers do not have`);
  }
}
