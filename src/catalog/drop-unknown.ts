/** The same fields, each of which may be `undefined` instead of missing. */
export type Undefinable<Fields> = { readonly [Name in keyof Fields]?: Fields[Name] | undefined };

/** A field that is not known is not there. Fields that cannot be missing must not be `undefined`. */
export function dropUnknown<Fields extends object>(fields: Undefinable<Fields>): Fields;
// The type and the code state the same rule: the fields whose values are not undefined.
export function dropUnknown(fields: object): object {
  return Object.fromEntries(Object.entries(fields).filter(([, value]: [string, unknown]) => value !== undefined));
}
