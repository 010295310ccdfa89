/** Bounds on what is done with a caller's JSON Schema. */
export interface SchemaLimits {
  /** Steps of each of the few tries at one schema; a step is about one visited node or character class. Default 30,000. */
  readonly maxWork: number;
  /** How deep a sample may nest. Default 32. */
  readonly maxDepth: number;
  /** Down to which depth optional properties and items are put in. Default 5. */
  readonly maxOptionalDepth: number;
  /** The most items of an array and properties of an object. Default 256. */
  readonly maxItems: number;
  /** The longest text that is made, in characters. Default 4,096. */
  readonly maxTextLength: number;
}

export const defaultSchemaLimits: SchemaLimits = {
  maxWork: 30_000,
  maxDepth: 32,
  maxOptionalDepth: 5,
  maxItems: 256,
  maxTextLength: 4_096,
};
