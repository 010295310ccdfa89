import { z } from 'zod';
import { keyDescriptions } from './reference.ts';

type JsonSchema = z.core.JSONSchema.BaseSchema;

/** Stands in a path for any entry of a list, or any name of a map. */
export const anyEntry = '*';

/** One key that a configuration file may hold. */
export interface ListedKey {
  /** The steps to it, with {@link anyEntry} for entries of lists and maps. */
  readonly path: readonly string[];
  /** Whether its section cannot do without it. */
  readonly required: boolean;
  /** What it takes, as JSON Schema, with the fields of its KeyDescription. */
  readonly schema: JsonSchema;
}

/** Lists what a schema's input may hold at every depth, sections before their keys, in the schema's order. */
export function listKeys(schema: z.ZodType): ListedKey[] {
  return listInside(z.toJSONSchema(schema, { io: 'input', metadata: keyDescriptions }), []);
}

function listInside(section: JsonSchema, path: readonly string[]): ListedKey[] {
  const named = Object.entries(section.properties ?? {});
  // A schema that is `true` or `false`, or the list of a tuple's schemas, holds no keys.
  const unnamed = [section.items, section.additionalProperties].map((inner) => [anyEntry, inner] as const);
  return [...named, ...unnamed].flatMap(([name, inner]) => {
    if (typeof inner !== 'object' || Array.isArray(inner)) return [];
    const innerPath = [...path, name];
    const required = section.required?.includes(name) ?? false;
    return [{ path: innerPath, required, schema: inner }, ...listInside(inner, innerPath)];
  });
}

/** The names that a section may hold beside each other. */
export function namesInSection(keys: readonly ListedKey[], section: readonly PropertyKey[]): string[] {
  return keys
    .filter(({ path }) => path.length === section.length + 1)
    .filter(({ path }) => section.every((step, index) => path[index] === anyEntry || path[index] === String(step)))
    .flatMap(({ path }) => path.at(-1) ?? [])
    .filter((name) => name !== anyEntry);
}
