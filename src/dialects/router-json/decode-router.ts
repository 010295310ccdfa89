import { create, type DescField } from '@bufbuild/protobuf';
import { type ReflectMessage, reflect } from '@bufbuild/protobuf/reflect';
import { type Router, RouterSchema } from '../../../gen/signalbox/router/v1/router_pb.ts';
import type { FieldViolation } from '../../core/errors.ts';
import { isJsonObject, type JsonObject, type JsonValue } from '../../core/json.ts';
import { joinPath } from '../../core/json-fields.ts';
import { suggest } from '../../core/suggest.ts';
import { createTypeProblem, decodeEnum, decodeScalar, type PlainValue } from './decode-scalar.ts';
import { type FieldNames, fieldNamesOf, noSuchField } from './field-names.ts';
import { convertLenientValue } from './lenient-values.ts';
import { showKey } from './show-key.ts';
import { stripCollection } from './strip-collection.ts';
import { ViolationList } from './violation-list.ts';

/** A router as far as it could be read, and everything that could not. */
export interface DecodedRouter {
  readonly router: Router;
  /** With paths as the client wrote them. Empty: all of it was read. */
  readonly violations: FieldViolation[];
}

type ListField = DescField & { readonly fieldKind: 'list' };
type SingleField = Exclude<DescField, { readonly fieldKind: 'list' | 'map' }>;

/**
 * Decodes a router from JSON or YAML data.
 *
 * Names are understood in camelCase and in snake_case at every level; `null` means absent. Types, names and the ranges of integers are
 * checked here, the rules of routers by checkRouter. What only the server sets is ignored, so that what was read can be written again.
 *
 * @param path - where the router stands in what the client sent, for the paths of violations.
 */
export function decodeRouter(json: JsonObject, path = ''): DecodedRouter {
  const router = create(RouterSchema);
  const violations = new ViolationList();
  decodeMessage(reflect(RouterSchema, router, false), json, path, violations);
  router.name = stripCollection(router.name);
  return { router, violations: violations.toArray() };
}

/** Reads an object into a message. How deep this goes is bounded by the messages, none of which is inside itself. */
function decodeMessage(target: ReflectMessage, json: JsonObject, path: string, violations: ViolationList): void {
  const names = fieldNamesOf(target.desc);
  const keys = new Map<DescField, string>();
  for (const key of Object.keys(json)) {
    const value = json[key];
    const field = names.byName.get(key);
    if (field === undefined) {
      violations.add(joinPath(path, showKey(key)), describeUnknown(key, names));
      continue;
    }
    if (value === undefined || value === null || names.outputOnly.has(field)) continue;
    const fieldPath = joinPath(path, key);
    const firstKey = keys.get(field);
    if (firstKey === undefined) {
      keys.set(field, key);
      decodeField(target, field, value, fieldPath, violations);
    } else {
      violations.add(fieldPath, `it is there already, as ${firstKey}; give one of them`);
    }
  }
}

function decodeField(
  target: ReflectMessage,
  field: DescField,
  json: JsonValue,
  path: string,
  violations: ViolationList,
): void {
  const converted = convertLenientValue(field, json);
  if ('problem' in converted) {
    violations.add(path, converted.problem);
  } else if (field.fieldKind === 'list') {
    decodeList(target, field, converted.value, path, violations);
  } else if (field.fieldKind !== 'map') {
    const value = decodeValue(field, converted.value, path, violations);
    if (value !== undefined) target.set(field, value);
  }
}

/** An element that is wrong leaves its place to an empty one, so that the others keep their index. Plain elements are all texts. */
function decodeList(
  target: ReflectMessage,
  field: ListField,
  json: JsonValue,
  path: string,
  violations: ViolationList,
): void {
  if (!Array.isArray(json)) {
    violations.add(path, createTypeProblem('an array', json).problem);
    return;
  }
  const list = target.get(field);
  json.forEach((item, index) => {
    list.add(decodeValue(field, item, `${path}[${index}]`, violations) ?? '');
  });
}

/** Decodes the value of a field, or an element of a list's. `undefined`: it is wrong, which is now in `violations`. */
function decodeValue(
  field: SingleField | ListField,
  json: JsonValue,
  path: string,
  violations: ViolationList,
): ReflectMessage | PlainValue | undefined {
  if (field.message !== undefined) {
    const message = reflect(field.message, undefined, false);
    if (isJsonObject(json)) decodeMessage(message, json, path, violations);
    else violations.add(path, createTypeProblem('an object', json).problem);
    return message;
  }
  const decoded = field.enum === undefined ? decodeScalar(field.scalar, json) : decodeEnum(field.enum, json);
  if ('value' in decoded) return decoded.value;
  violations.add(path, decoded.problem);
  return undefined;
}

function describeUnknown(key: string, names: FieldNames): string {
  const meant = suggest(key, [...names.writtenNames]);
  return meant === undefined ? noSuchField : `${noSuchField}; perhaps ${meant} is meant`;
}
