import { toJson } from '@bufbuild/protobuf';
import { type Model, ModelSchema } from '../../../gen/signalbox/model/v1/model_pb.ts';
import { isJsonObject, type JsonObject } from '../../core/json.ts';

/**
 * Encodes a model of the catalogue as REST clients get it: in camelCase, flags also when they are false, numbers as numbers. Empty lists and
 * objects are left out, since they stand for what is not known.
 */
export function encodeModel(model: Model): JsonObject {
  const json: unknown = toJson(ModelSchema, model, { alwaysEmitImplicit: true });
  return isJsonObject(json) ? leaveOutEmpty(json) : {};
}

function leaveOutEmpty(object: JsonObject): JsonObject {
  const kept: JsonObject = {};
  for (const [key, value] of Object.entries(object)) {
    const full = isJsonObject(value) ? leaveOutEmpty(value) : value;
    const isEmpty = Array.isArray(full) ? full.length === 0 : isJsonObject(full) && Object.keys(full).length === 0;
    if (!isEmpty) kept[key] = full;
  }
  return kept;
}
