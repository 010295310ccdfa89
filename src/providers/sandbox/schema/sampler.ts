import type { JsonValue } from '../../../core/json.ts';
import type { SchemaParts } from './expand-schema.ts';
import type { SchemaContext } from './schema-context.ts';
import type { Schema } from './schema-keywords.ts';

/** How one try at a schema goes about it. */
export interface SampleStyle {
  /** Whether optional properties and items are put in. */
  readonly withOptional: boolean;
  /** How deep the sample may nest. */
  readonly maxDepth: number;
  /** How often a schema may stand inside itself. `undefined`: as often as the depth allows. */
  readonly maxRepeats: number | undefined;
}

/** Where in the sample a value stands. */
export interface SamplePlace {
  /** 0 for the whole sample. */
  readonly depth: number;
  /** What the value is made from. */
  readonly parts: SchemaParts;
  /** The object or array around it. */
  readonly around: SamplePlace | undefined;
}

/** One try at a schema. */
export interface Sampler {
  readonly context: SchemaContext;
  readonly style: SampleStyle;
  /**
   * Makes a value that a schema allows.
   *
   * @param around - the place of the object or array that it is for.
   * @param variant - which of the possible values; others are only as different as the schema lets them be.
   * @returns `undefined` when none was found.
   * @throws WorkExhausted
   */
  sample(schema: Schema, around: SamplePlace | undefined, variant: number): JsonValue | undefined;
}

/** A value that a schema may allow. */
export interface Proposal {
  readonly value: JsonValue;
  /** Whether the variant that was asked for is in it already. Otherwise the next proposal is the next variant. */
  readonly isVariant: boolean;
}
