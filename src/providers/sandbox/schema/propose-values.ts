import type { JsonObject, JsonValue } from '../../../core/json.ts';
import type { SchemaParts } from './expand-schema.ts';
import { measureJson } from './json-equal.ts';
import { proposeArrays } from './sample-array.ts';
import { proposeNumbers } from './sample-number.ts';
import { proposeObjects } from './sample-object.ts';
import { proposeTexts } from './sample-text.ts';
import type { Proposal, SamplePlace, Sampler } from './sampler.ts';
import type { SchemaContext } from './schema-context.ts';
import { readList, readTypes } from './schema-keywords.ts';

/** JSON Schema's types, in the order in which they are tried where a schema leaves the choice. Null says the least. */
const types = ['string', 'integer', 'number', 'boolean', 'object', 'array', 'null'] as const;

type JsonType = (typeof types)[number];

/** Keywords that show which type the author of a schema without `type` has in mind. */
const telling: readonly (readonly [JsonType, readonly string[]])[] = [
  ['object', ['properties', 'required', 'additionalProperties', 'patternProperties', 'propertyNames', 'minProperties']],
  ['array', ['items', 'prefixItems', 'contains', 'minItems', 'maxItems', 'uniqueItems']],
  ['string', ['minLength', 'maxLength', 'pattern', 'format']],
  ['number', ['minimum', 'maximum', 'exclusiveMinimum', 'exclusiveMaximum', 'multipleOf']],
];

/**
 * Values that may meet all of the parts, likely ones first: those that the schema itself names, then made ones of each type. They
 * have to be checked.
 *
 * @throws WorkExhausted
 * @throws Undecidable
 */
export function* proposeValues(
  parts: SchemaParts,
  place: SamplePlace,
  variant: number,
  sampler: Sampler,
): Generator<Proposal> {
  const listed = parts.find((part) => part['const'] !== undefined || Array.isArray(part['enum']));
  if (listed !== undefined) {
    yield* proposeGiven(listListed(listed), sampler);
    return;
  }
  for (const part of parts) {
    yield* proposeGiven(part['default'] === undefined ? [] : [part['default']], sampler);
    yield* proposeGiven(readList(part, 'examples'), sampler);
  }
  for (const type of orderTypes(parts, sampler.context)) {
    yield* proposeOfType(type, parts, place, variant, sampler);
  }
}

function listListed(schema: JsonObject): readonly JsonValue[] {
  return schema['const'] === undefined ? readList(schema, 'enum') : [schema['const']];
}

function* proposeGiven(values: readonly JsonValue[], { context }: Sampler): Generator<Proposal> {
  for (const value of values) {
    if (measureJson(value, context.limits.maxDepth, context.budget)) {
      yield { value, isVariant: false };
    }
  }
}

function* proposeOfType(
  type: JsonType,
  parts: SchemaParts,
  place: SamplePlace,
  variant: number,
  sampler: Sampler,
): Generator<Proposal> {
  switch (type) {
    case 'object':
      return yield* asProposals(proposeObjects(parts, place, variant, sampler), true);
    case 'array':
      return yield* asProposals(proposeArrays(parts, place, variant, sampler), true);
    case 'string':
      return yield* asProposals(proposeTexts(parts, variant, sampler.context), false);
    case 'integer':
    case 'number':
      return yield* asProposals(proposeNumbers(parts, type, variant), false);
    case 'boolean':
      return yield* asProposals([true, false], false);
    case 'null':
      return yield* asProposals([null], false);
  }
}

function* asProposals(values: Iterable<JsonValue>, isVariant: boolean): Generator<Proposal> {
  for (const value of values) {
    yield { value, isVariant };
  }
}

/** The types that all parts allow, those first that a part without a type hints at. */
function orderTypes(parts: SchemaParts, context: SchemaContext): readonly JsonType[] {
  const allowed = types.filter((type) => parts.every((part) => isTypeAllowed(part, type, context)));
  const hinted = telling.flatMap(([type, keywords]) =>
    parts.some((part) => keywords.some((keyword) => part[keyword] !== undefined)) ? [type] : [],
  );
  return [...allowed.filter((type) => hinted.includes(type)), ...allowed.filter((type) => !hinted.includes(type))];
}

function isTypeAllowed(schema: JsonObject, type: JsonType, { budget }: SchemaContext): boolean {
  const allowed = readTypes(schema);
  budget.spend(allowed?.length ?? 0);
  return allowed === undefined || allowed.includes(type) || (type === 'integer' && allowed.includes('number'));
}
