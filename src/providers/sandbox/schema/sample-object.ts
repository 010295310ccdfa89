import type { JsonObject, JsonValue } from '../../../core/json.ts';
import { textUnits } from '../work-budget.ts';
import { listPropertySchemas } from './check-schema.ts';
import type { SchemaParts } from './expand-schema.ts';
import type { SamplePlace, Sampler } from './sampler.ts';
import type { SchemaContext } from './schema-context.ts';
import {
  joinSchemas,
  listSchema,
  readDependents,
  readNumber,
  readObject,
  readTexts,
  type Schema,
} from './schema-keywords.ts';

/** How many names are tried for each property that only `minProperties` asks for. */
const namesPerProperty = 4;

/**
 * Objects that may meet the parts, the fuller one first. They have to be checked.
 *
 * @throws WorkExhausted
 * @throws Undecidable
 */
export function* proposeObjects(
  parts: SchemaParts,
  place: SamplePlace,
  variant: number,
  sampler: Sampler,
): Generator<JsonObject> {
  const { context, style } = sampler;
  const { limits } = context;
  const least = Math.max(0, ...parts.map((part) => readNumber(part, 'minProperties') ?? 0));
  const most = Math.min(limits.maxItems, ...parts.map((part) => readNumber(part, 'maxProperties') ?? limits.maxItems));
  const sampleProperty = (name: string): JsonValue | undefined =>
    sampler.sample(joinSchemas(listAllPropertySchemas(parts, name, context)), place, variant);

  const values = new Map<string, JsonValue>();
  for (const name of addDependents(
    parts.flatMap((part) => readTexts(part, 'required', context.budget)),
    parts,
    context,
  )) {
    const value = sampleProperty(name);
    if (value === undefined || values.size >= most) {
      return;
    }
    values.set(name, value);
  }

  if (style.withOptional && place.depth < limits.maxOptionalDepth) {
    const full = new Map(values);
    for (const name of listDeclared(parts, context)) {
      const value = full.has(name) || full.size >= most ? undefined : sampleProperty(name);
      if (value !== undefined) {
        full.set(name, value);
      }
    }
    if (full.size > values.size && full.size >= least) {
      yield inDeclaredOrder(full, parts, context);
    }
  }
  if (least <= most) {
    fillUp(values, least, parts, place, sampler, sampleProperty);
    yield inDeclaredOrder(values, parts, context);
  }
}

/** Names and all that they need beside them, by `dependentRequired`. */
function addDependents(names: Iterable<string>, parts: SchemaParts, context: SchemaContext): ReadonlySet<string> {
  const all = new Set(names);
  // A set that grows while it is walked is walked to its new end.
  for (const name of all) {
    context.budget.spend(textUnits(name));
    for (const part of parts) {
      for (const dependent of readDependents(part, name, context.budget)) {
        all.add(dependent);
      }
    }
  }
  return all;
}

function listDeclared(parts: SchemaParts, context: SchemaContext): ReadonlySet<string> {
  const names = new Set<string>();
  for (const part of parts) {
    for (const name of Object.keys(readObject(part, 'properties'))) {
      context.budget.spend(textUnits(name));
      names.add(name);
    }
  }
  return addDependents(names, parts, context);
}

function inDeclaredOrder(
  values: ReadonlyMap<string, JsonValue>,
  parts: SchemaParts,
  context: SchemaContext,
): JsonObject {
  const entries = Array.from(new Set([...listDeclared(parts, context), ...values.keys()])).flatMap(
    (name): [string, JsonValue][] => {
      const value = values.get(name);
      return value === undefined ? [] : [[name, value]];
    },
  );
  // Unlike an assignment, this makes an own property of any name, `__proto__` included.
  return Object.fromEntries(entries);
}

/** Adds properties that nobody declared until there are `least`, as far as the parts let it. */
function fillUp(
  values: Map<string, JsonValue>,
  least: number,
  parts: SchemaParts,
  place: SamplePlace,
  sampler: Sampler,
  sampleProperty: (name: string) => JsonValue | undefined,
): void {
  const { context } = sampler;
  const add = (name: string): void => {
    const value = values.size < least && !values.has(name) ? sampleProperty(name) : undefined;
    if (value !== undefined) {
      values.set(name, value);
    }
  };
  if (values.size >= least) {
    return;
  }
  listDeclared(parts, context).forEach(add);
  const nameSchema = describeNames(parts, context);
  const tries = Math.min(least, context.limits.maxItems) * namesPerProperty;
  for (let number = 0; values.size < least && number < tries; number++) {
    const name = nameSchema === undefined ? `property${number + 1}` : sampler.sample(nameSchema, place, number);
    if (typeof name === 'string') {
      add(name);
    }
  }
}

/** A schema of the names that properties may have which nobody declared. `undefined`: any. */
function describeNames(parts: SchemaParts, context: SchemaContext): Schema | undefined {
  const constraints = parts.flatMap((part): Schema[] => {
    const patterns = Object.keys(readObject(part, 'patternProperties'));
    const isClosed = part['additionalProperties'] === false || part['unevaluatedProperties'] === false;
    context.budget.spend(patterns.length);
    return [
      ...listSchema(part, 'propertyNames'),
      ...(isClosed && patterns.length > 0 ? [{ anyOf: patterns.map((pattern) => ({ pattern })) }] : []),
    ];
  });
  return constraints.length === 0 ? undefined : joinSchemas([{ type: 'string' }, ...constraints]);
}

/** The schemas that all parts together have for one property. */
function listAllPropertySchemas(parts: SchemaParts, name: string, context: SchemaContext): Schema[] {
  const found = parts.flatMap((part) => listPropertySchemas(part, name, context));
  const unevaluated = parts.flatMap((part) => listSchema(part, 'unevaluatedProperties'));
  return found.length === 0 ? unevaluated : found;
}
