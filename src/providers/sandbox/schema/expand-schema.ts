import type { JsonObject, JsonValue } from '../../../core/json.ts';
import { type SchemaContext, Undecidable } from './schema-context.ts';
import {
  asSchema,
  readDependentSchemas,
  readList,
  readReferences,
  readSchema,
  type Schema,
} from './schema-keywords.ts';

/**
 * Schemas that all hold for one value, each to be read for its own keywords alone: what it refers to and the alternatives that
 * were chosen stand beside it.
 */
export type SchemaParts = readonly JsonObject[];

/** The most parts of one value. Schemas that refer to one another without end stop here. */
const maxParts = 256;

/**
 * The ways in which a schema can be met, first things first: references followed, `allOf` laid side by side, and one of each
 * `anyOf`, `oneOf` and condition chosen. What must *not* hold is left to the check. Ways that cannot be followed are left out.
 *
 * @throws WorkExhausted
 */
export function* expandSchema(schema: Schema, context: SchemaContext): Generator<SchemaParts> {
  const open: OpenExpansion[] = [{ parts: [], pending: { choices: [schema], next: undefined } }];
  for (let expansion = open.pop(); expansion !== undefined; expansion = open.pop()) {
    const { parts, pending } = expansion;
    context.budget.spend(1);
    if (pending === undefined) {
      yield parts;
      continue;
    }
    // The last one opened is the next one taken, so the first choice is opened last.
    for (const value of pending.choices.toReversed()) {
      const choice = asSchema(value);
      context.budget.spend(1 + (parts.length >> 4));
      if (choice === true || (choice !== false && parts.includes(choice))) {
        open.push({ parts, pending: pending.next });
      } else if (choice !== false) {
        const opened = context.decide(() => openSchema(choice, parts, pending.next, context));
        if (opened !== undefined) {
          open.push(opened);
        }
      }
    }
  }
}

interface OpenExpansion {
  readonly parts: SchemaParts;
  readonly pending: Pending | undefined;
}

/** Alternatives, one of which has to be taken, and what comes after. */
interface Pending {
  readonly choices: readonly JsonValue[];
  readonly next: Pending | undefined;
}

/** @throws Undecidable */
function openSchema(
  schema: JsonObject,
  parts: SchemaParts,
  next: Pending | undefined,
  context: SchemaContext,
): OpenExpansion {
  if (parts.length >= maxParts) {
    throw new Undecidable('too many schemas hold for one value');
  }
  const groups = listGroups(schema, context);
  return {
    parts: [...parts, schema],
    pending: groups.reduceRight<Pending | undefined>((after, choices) => ({ choices, next: after }), next),
  };
}

/** What must hold beside a schema's own keywords, as groups of alternatives. */
function listGroups(schema: JsonObject, context: SchemaContext): readonly (readonly JsonValue[])[] {
  const joined = readList(schema, 'allOf');
  context.budget.spend(joined.length);
  const groups: (readonly JsonValue[])[] = [
    ...readReferences(schema).map((ref) => [context.resolveRef(ref)]),
    ...joined.map((inner) => [inner]),
  ];
  for (const keyword of ['anyOf', 'oneOf']) {
    if (Array.isArray(schema[keyword])) {
      groups.push(readList(schema, keyword));
    }
  }
  const condition = readSchema(schema, 'if');
  if (condition !== undefined) {
    const met: Schema = { allOf: [condition, readSchema(schema, 'then') ?? true] };
    groups.push([met, readSchema(schema, 'else') ?? true]);
  }
  const dependents = readDependentSchemas(schema, context.budget);
  if (dependents.length > 0) {
    groups.push([{ allOf: dependents.map(([, dependent]) => dependent) }, true]);
  }
  return groups;
}
