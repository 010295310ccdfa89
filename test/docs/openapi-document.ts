import type { ValidateFunction } from 'ajv';
import { Ajv2020 } from 'ajv/dist/2020.js';
import { isJsonObject, type JsonObject, type JsonValue } from '../../src/core/json.ts';
import openapi from '../../src/wire/rest/openapi.json' with { type: 'json' };

/** The document that the server gives out at /openapi.json. */
export const openApiDocument: JsonObject = JSON.parse(JSON.stringify(openapi));

const uuid = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/;

/** Finds what a JSON pointer without escapes names, such as `/components/schemas/Usage`. */
export function find(pointer: string): JsonObject {
  let value: JsonValue | undefined = openApiDocument;
  for (const key of pointer.split('/').slice(1)) value = isJsonObject(value) ? value[key] : undefined;
  if (!isJsonObject(value)) throw new Error(`the document has no object at ${pointer}`);
  return value;
}

/** Finds an operation, such as `GET /healthz`. */
export function findOperation(operation: string): JsonObject {
  const [method = '', path = ''] = operation.split(' ');
  const item = find('/paths')[path];
  const found = isJsonObject(item) ? item[method.toLowerCase()] : undefined;
  if (!isJsonObject(found)) throw new Error(`the document has no ${operation}`);
  return found;
}

/** Finds what an operation answers with a status, its reference followed. */
export function findResponse(operation: string, status: number | string): JsonObject {
  const { responses } = findOperation(operation);
  const response = isJsonObject(responses) ? responses[status] : undefined;
  if (!isJsonObject(response)) throw new Error(`${operation} has no response ${status}`);
  return typeof response['$ref'] === 'string' ? find(response['$ref'].slice(1)) : response;
}

/** A check of one value, which gives back what is wrong with it. Empty: nothing. */
export type Check = (value: unknown) => readonly string[];

/**
 * Compiles a schema of the document.
 *
 * @param closed - whether properties that the schema does not name are wrong. Clients are told to expect new ones; a test wants to
 * know that every one that the server sends is written down.
 */
export function compileSchema(name: string, { closed = false }: { closed?: boolean } = {}): Check {
  // A branch of an anyOf need not repeat the types and properties of the schema around it.
  const ajv = new Ajv2020({
    strict: true,
    strictTypes: false,
    strictRequired: false,
    allErrors: true,
    formats: { uuid },
  });
  ajv.addVocabulary(Object.keys(openApiDocument));
  ajv.addSchema(closed ? closeObjects(openApiDocument) : openApiDocument, 'openapi');
  const validate: ValidateFunction = ajv.compile({ $ref: `openapi#/components/schemas/${name}` });
  return (value) => {
    validate(value);
    return (validate.errors ?? []).map(({ instancePath, message }) => `${instancePath} ${message}`);
  };
}

function closeObjects(document: JsonObject): JsonObject {
  return JSON.parse(JSON.stringify(document), (_key, value: JsonValue) => {
    const isClosable = isJsonObject(value) && value['type'] === 'object' && isJsonObject(value['properties']);
    return isClosable ? { ...value, additionalProperties: false } : value;
  });
}

/** The names of the properties that a schema gives an object, in whichever of its branches. */
export function listProperties(name: string): Set<string> {
  const names = new Set<string>();
  collectProperties(find(`/components/schemas/${name}`), names);
  return names;
}

function collectProperties(schema: JsonObject, names: Set<string>): void {
  const { $ref, properties, oneOf } = schema;
  if (typeof $ref === 'string') collectProperties(find($ref.slice(1)), names);
  if (isJsonObject(properties)) for (const key of Object.keys(properties)) names.add(key);
  if (Array.isArray(oneOf)) for (const branch of oneOf) if (isJsonObject(branch)) collectProperties(branch, names);
}
