import {
  ChatCompletionRequestSchema,
  ExtraBodySchema,
} from '../../gen/signalbox/chat/v1/chat_completion_request_pb.ts';
import { isJsonObject, type JsonObject, type JsonValue } from '../core/json.ts';

/**
 * Fields of a request that this API does not model. New ones appear every week; a provider that speaks OpenAI's format gets
 * them as they came.
 */

/** Which fields of an object are known, and what stands below them. `true`: known, and everything below it too. */
interface Shape {
  readonly [field: string]: true | Shape | readonly [Shape];
}

const functionCallShape: Shape = { name: true, arguments: true };
const customCallShape: Shape = { name: true, input: true };

const partShape: Shape = {
  type: true,
  text: true,
  refusal: true,
  image_url: { url: true, detail: true },
  input_audio: { data: true, format: true },
  file: { filename: true, file_data: true, file_id: true },
  cache_control: true,
};

const messageShape: Shape = {
  role: true,
  content: [partShape],
  name: true,
  tool_calls: [{ id: true, type: true, function: functionCallShape, custom: customCallShape }],
  tool_call_id: true,
  refusal: true,
  reasoning_content: true,
  reasoning_details: true,
  compression: true,
};

/** The objects inside a request whose own unknown fields are sent on. */
const nestedShape: Shape = {
  messages: [messageShape],
  tools: [{ type: true, function: { name: true, description: true, parameters: true, strict: true } }],
  response_format: { type: true, json_schema: { name: true, description: true, schema: true, strict: true } },
  stream_options: { include_usage: true },
  image_config: { aspect_ratio: true, image_size: true },
  web_search_options: { search_context_size: true },
};

/** Root fields that are not to be sent on: what the API models, in its own names. */
const knownRootFields: ReadonlySet<string> = new Set(
  [...ChatCompletionRequestSchema.fields, ...ExtraBodySchema.fields].map((field) => field.name),
);

/** The gateway's own fields, and for those that are objects of a fixed form, the fields of these. */
const gatewayFields: ReadonlyMap<string, ReadonlySet<string> | undefined> = new Map(
  ExtraBodySchema.fields.map((field) => [
    field.name,
    field.fieldKind === 'message' && field.message.typeName.startsWith('signalbox.')
      ? new Set(field.message.fields.map((child) => child.name))
      : undefined,
  ]),
);

/**
 * The unknown fields at the root of a request's JSON. `undefined` when there is none.
 *
 * Fields of `extra_body` that are not the gateway's own are read here too: SDKs that send `extra_body` as it is mean them for
 * the body. So are those of `extra_fields`, which is what RPC clients call them.
 */
export function pickUnknownFields(json: JsonObject): JsonObject | undefined {
  const sources = [json['extra_fields'], json, json['extra_body']].filter((source) => isJsonObject(source));
  let unknown: JsonObject | undefined;
  for (const source of sources) {
    for (const key of Object.keys(source)) {
      const value = source[key];
      if (knownRootFields.has(key) || isUnsafeKey(key) || value === undefined) continue;
      unknown ??= {};
      unknown[key] = value;
    }
  }
  return unknown;
}

/**
 * Adds the unknown fields of a request to the body that goes to a provider. Fields that the API models are left out: they have a
 * place of their own, and limits that this one would go around.
 *
 * @param target - the encoded body; changed in place.
 */
export function addUnknownFields(target: JsonObject, extraFields: JsonObject): void {
  for (const key of Object.keys(extraFields)) {
    const value = extraFields[key];
    if (value === undefined || knownRootFields.has(key) || Object.hasOwn(target, key) || isUnsafeKey(key)) continue;
    target[key] = value;
  }
}

/**
 * The paths of fields that nothing reads and that cannot be sent on: unknown ones inside the gateway's own objects, and documented ones
 * of the root that stand in `extra_body`.
 */
export function listUnreadFields(json: JsonObject): string[] {
  const extra = isJsonObject(json['extra_body']) ? json['extra_body'] : {};
  // Those inside the root's web_search_options are sent on with it.
  const { web_search_options: _, ...root } = json;
  const misplaced = Object.keys(extra).filter((key) => knownRootFields.has(key) && !gatewayFields.has(key));
  return [
    ...listUnreadChildren(root, ''),
    ...listUnreadChildren(extra, 'extra_body.'),
    ...misplaced.map((key) => `extra_body.${key}`),
  ];
}

/**
 * The paths of fields inside messages, tools and the like that this API does not model, without the places in lists: for providers whose
 * format has no place for them. Parts and tools of types that it does not model are not looked into.
 */
export function listUnknownNestedFields(source: JsonObject): string[] {
  const paths = new Set<string>();
  listBelow(source, nestedShape, '', paths);
  return [...paths];
}

function listBelow(json: JsonObject, shape: Shape, prefix: string, paths: Set<string>): void {
  for (const [field, below] of Object.entries(shape)) {
    if (below === true) continue;
    const value = json[field];
    const [child, children] = isElementShape(below) ? [below[0], value] : [below, [value]];
    for (const element of Array.isArray(children) ? children : []) {
      if (!isJsonObject(element) || !isModelled(element, child)) continue;
      for (const key of Object.keys(element)) if (!Object.hasOwn(child, key)) paths.add(`${prefix}${field}.${key}`);
      listBelow(element, child, `${prefix}${field}.`, paths);
    }
  }
}

/** Of parts and tools the type is the name of the field that holds them. */
function isModelled({ type }: JsonObject, shape: Shape): boolean {
  const isUnion = shape === partShape || Object.hasOwn(shape, 'function');
  return !isUnion || typeof type !== 'string' || Object.hasOwn(shape, type);
}

function listUnreadChildren(json: JsonObject, prefix: string): string[] {
  return [...gatewayFields].flatMap(([field, known]) => {
    const value = json[field];
    if (known === undefined || !isJsonObject(value)) return [];
    return Object.keys(value).flatMap((key) => (known.has(key) ? [] : `${prefix}${field}.${key}`));
  });
}

/**
 * Copies the unknown fields inside a client's request onto the body that goes to a provider.
 *
 * Arrays are aligned at their ends, because a router may put messages before the client's; elsewhere both have the same length.
 *
 * @param target - the encoded body; changed in place.
 * @param source - the client's JSON.
 */
export function copyNestedUnknownFields(target: JsonObject, source: JsonObject): void {
  copyBelow(target, source, nestedShape);
}

function copyBelow(target: JsonObject, source: JsonObject, shape: Shape): void {
  for (const [field, below] of Object.entries(shape)) {
    if (below === true) continue;
    const to = target[field];
    const from = source[field];
    if (isElementShape(below)) {
      if (Array.isArray(to) && Array.isArray(from)) copyElements(to, from, below[0]);
    } else if (isJsonObject(to) && isJsonObject(from)) {
      copyObject(to, from, below);
    }
  }
}

function isElementShape(below: Shape | readonly [Shape]): below is readonly [Shape] {
  return Array.isArray(below);
}

function copyElements(to: JsonValue[], from: JsonValue[], shape: Shape): void {
  const offset = to.length - from.length;
  from.forEach((element, index) => {
    const target = to[index + offset];
    if (isJsonObject(target) && isJsonObject(element)) copyObject(target, element, shape);
  });
}

function copyObject(to: JsonObject, from: JsonObject, shape: Shape): void {
  for (const key of Object.keys(from)) {
    const value = from[key];
    if (Object.hasOwn(shape, key) || Object.hasOwn(to, key) || isUnsafeKey(key) || value === undefined) continue;
    to[key] = value;
  }
  copyBelow(to, from, shape);
}

/** Assigning to this key would change the object's prototype. */
function isUnsafeKey(key: string): boolean {
  return key === '__proto__';
}
