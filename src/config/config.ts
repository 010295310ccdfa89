import { Secret } from '../core/secret.ts';
import type { FileConfig } from './file-schema.ts';
import { InlineRouters } from './inline-routers.ts';
import { OperatorModels } from './operator-models.ts';

/** `max_body_bytes` as `maxBodyBytes`. */
type CamelCase<Name extends string> = Name extends `${infer Head}_${infer Rest}`
  ? `${Head}${Capitalize<CamelCase<Rest>>}`
  : Name;

/** Frozen data of the names that the file has, under the names that code has. */
type Frozen<Value> = Value extends Secret | InlineRouters | OperatorModels | string | number | boolean | undefined
  ? Value
  : Value extends readonly (infer Item)[]
    ? readonly Frozen<Item>[]
    : { readonly [Key in keyof Value as Key extends string ? CamelCase<Key> : never]: Frozen<Value[Key]> };

/**
 * The configuration: validated, complete with defaults, references followed, frozen at every depth. Its keys are those of the
 * file (docs/configuration.md) in camel case; `keys` and `providers` hold what the environment adds as well.
 */
export type Config = Frozen<FileConfig>;

/** A configured provider. */
export type ConfiguredProvider = Config['providers'][number];

/** Makes the configuration of what the schema gave. */
export function createConfig(fileConfig: FileConfig): Config {
  return freeze(fileConfig);
}

// TypeScript cannot follow names through Object.entries. The type and the code state the same rule, side by side: data of
// objects and lists, its names in camel case.
function freeze<Value>(value: Value): Frozen<Value>;
function freeze(value: unknown): unknown {
  if (typeof value !== 'object' || value === null) return value;
  if (value instanceof Secret || value instanceof InlineRouters || value instanceof OperatorModels) return value;
  if (Array.isArray(value)) return Object.freeze(value.map((item: unknown) => freeze(item)));
  return Object.freeze(
    Object.fromEntries(
      Object.entries(value).map(([name, item]: [string, unknown]) => [toCamelCase(name), freeze(item)]),
    ),
  );
}

/** `max_body_bytes` to `maxBodyBytes`. */
export function toCamelCase(name: string): string {
  return name.replaceAll(/_([a-z0-9])/g, (_, letter: string) => letter.toUpperCase());
}

/** `maxBodyBytes` to `max_body_bytes`. */
export function toSnakeCase(name: string): string {
  return name.replaceAll(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`);
}
