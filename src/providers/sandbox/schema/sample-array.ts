import type { JsonValue } from '../../../core/json.ts';
import type { SchemaParts } from './expand-schema.ts';
import { isJsonEqual } from './json-equal.ts';
import type { SamplePlace, Sampler } from './sampler.ts';
import {
  asSchema,
  joinSchemas,
  listRest,
  listSchema,
  readNumber,
  readPrefix,
  readSchema,
  type Schema,
} from './schema-keywords.ts';

/** How many more variants are tried for an item that must differ from the ones before it. */
const spareVariants = 8;

/**
 * Arrays that may meet the parts, the fuller one first. They have to be checked.
 *
 * @throws WorkExhausted
 * @throws Undecidable
 */
export function* proposeArrays(
  parts: SchemaParts,
  place: SamplePlace,
  variant: number,
  sampler: Sampler,
): Generator<JsonValue[]> {
  const { limits } = sampler.context;
  const most = Math.min(limits.maxItems, ...parts.map((part) => readNumber(part, 'maxItems') ?? limits.maxItems));
  const contained = parts.flatMap((part) => listContained(part, limits.maxItems));
  const needed = Math.max(contained.length, ...parts.map((part) => readNumber(part, 'minItems') ?? 0));
  if (needed > most) {
    return;
  }
  const withOptional = sampler.style.withOptional && place.depth < limits.maxOptionalDepth;
  const wanted = withOptional ? Math.max(needed, 1, ...parts.map((part) => readPrefix(part).length)) : needed;
  for (const length of new Set([Math.min(wanted, most), needed])) {
    const items = sampleItems({ parts, contained, length, needed }, place, variant, sampler);
    if (items !== undefined) {
      yield items;
    }
  }
}

/** What an array must contain, once for each time it must. */
function listContained(part: SchemaParts[number], maxItems: number): readonly Schema[] {
  const contained = readSchema(part, 'contains');
  const count = Math.min(readNumber(part, 'minContains') ?? 1, maxItems + 1);
  return contained === undefined || count <= 0 ? [] : Array.from({ length: Math.ceil(count) }, () => contained);
}

interface ArrayPlan {
  readonly parts: SchemaParts;
  readonly contained: readonly Schema[];
  readonly length: number;
  /** Fewer items will not do. */
  readonly needed: number;
}

function sampleItems(plan: ArrayPlan, place: SamplePlace, variant: number, sampler: Sampler): JsonValue[] | undefined {
  const { parts, length, needed } = plan;
  const isUnique = parts.some((part) => part['uniqueItems'] === true);
  const toContain = [...plan.contained];
  const items: JsonValue[] = [];

  function sampleNext(schema: Schema): JsonValue | undefined {
    const first = isUnique ? variant + items.length : variant;
    const last = isUnique ? first + spareVariants : first;
    for (let number = first; number <= last; number++) {
      const item = sampler.sample(schema, place, number);
      if (item === undefined || !isUnique || !items.some((other) => isJsonEqual(other, item, sampler.context.budget))) {
        return item;
      }
    }
    return undefined;
  }

  while (items.length < length) {
    const schemas = parts.flatMap((part) => listItemSchemas(part, items.length));
    const wanted = toContain[0];
    let item = wanted === undefined ? undefined : sampleNext(joinSchemas([wanted, ...schemas]));
    if (item === undefined) {
      item = sampleNext(joinSchemas(schemas));
    } else {
      toContain.shift();
    }
    if (item === undefined) {
      break;
    }
    items.push(item);
  }
  return items.length >= needed ? items : undefined;
}

/** The schemas that a part has for the item at an index. */
function listItemSchemas(part: SchemaParts[number], index: number): readonly Schema[] {
  const prefix = readPrefix(part);
  if (index < prefix.length) {
    return [asSchema(prefix[index])];
  }
  const rest = listRest(part);
  return rest.length === 0 ? listSchema(part, 'unevaluatedItems') : rest;
}
