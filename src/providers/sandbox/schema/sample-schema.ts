import type { JsonValue } from '../../../core/json.ts';
import { WorkExhausted } from '../work-budget.ts';
import { isValid } from './check-schema.ts';
import { expandSchema, type SchemaParts } from './expand-schema.ts';
import { proposeValues } from './propose-values.ts';
import type { Proposal, SamplePlace, Sampler, SampleStyle } from './sampler.ts';
import { createSchemaContext, type SchemaContext } from './schema-context.ts';
import { readText, type Schema } from './schema-keywords.ts';
import { defaultSchemaLimits, type SchemaLimits } from './schema-limits.ts';

/** A value that a schema allows, or why none was found, as a clause. */
export type SchemaSample =
  | { readonly found: true; readonly value: JsonValue }
  | { readonly found: false; readonly problem: string };

/**
 * Makes a value that a JSON Schema allows. The same schema always gives the same value.
 *
 * The first try puts optional properties in, and lets a recursive schema repeat once. When that leads nowhere or too far, the
 * next ones keep to what is required and look for the flattest value. Each value is checked against the whole schema before it is
 * given out: there is either a valid value or none.
 */
export function sampleSchema(schema: Schema, limits: SchemaLimits = defaultSchemaLimits): SchemaSample {
  let problem: string | undefined;
  for (const style of listStyles(limits)) {
    const context = createSchemaContext(schema, limits);
    try {
      const value = createSampler(context, style).sample(schema, undefined, 0);
      if (value !== undefined) {
        return { found: true, value };
      }
      problem ??= context.problem;
    } catch (thrown) {
      if (!(thrown instanceof WorkExhausted)) {
        throw thrown;
      }
      problem ??= context.problem ?? 'it is too large or too entangled';
    }
  }
  return { found: false, problem: problem ?? 'it allows no value, or only ones past the bounds of the sandbox' };
}

function listStyles({ maxDepth }: SchemaLimits): readonly SampleStyle[] {
  const flatter = [1, Math.ceil(maxDepth / 8), maxDepth];
  return [
    { withOptional: true, maxDepth, maxRepeats: 1 },
    ...flatter.map((depth) => ({ withOptional: false, maxDepth: depth, maxRepeats: undefined })),
  ];
}

function createSampler(context: SchemaContext, style: SampleStyle): Sampler {
  /**
   * The most levels that were not enough for a schema. Only kept where repeats are not limited: then it does not depend on where
   * the schema stands.
   */
  const tooSmall = new Map<Schema, number>();

  function* propose(schema: Schema, around: SamplePlace | undefined, variant: number): Generator<Proposal> {
    const depth = around === undefined ? 0 : around.depth + 1;
    for (const parts of expandSchema(schema, context)) {
      if (style.maxRepeats === undefined || countRepeats(parts, around, context) <= style.maxRepeats) {
        const proposals = proposeValues(parts, { depth, parts, around }, variant, sampler);
        for (let next = advance(proposals); next !== undefined; next = advance(proposals)) {
          yield next;
        }
      }
    }
  }

  function advance(proposals: Generator<Proposal>): Proposal | undefined {
    const next = context.decide(() => proposals.next());
    return next === undefined || next.done === true ? undefined : next.value;
  }

  const sampler: Sampler = {
    context,
    style,
    sample(schema, around, variant) {
      const room = style.maxDepth - (around === undefined ? 0 : around.depth + 1);
      const target = context.decide(() => followReference(schema, context));
      if (target === undefined || room < 0 || room <= (tooSmall.get(target) ?? -1)) {
        return undefined;
      }
      let left = variant;
      let last: JsonValue | undefined;
      for (const { value, isVariant } of propose(target, around, variant)) {
        if (context.decide(() => isValid(value, target, context)) !== true) {
          continue;
        }
        if (isVariant || left === 0) {
          return value;
        }
        left--;
        last = value;
      }
      if (last === undefined && style.maxRepeats === undefined) {
        tooSmall.set(target, room);
      }
      return last;
    },
  };
  return sampler;
}

/**
 * The schema that a mere reference stands for, so that one schema is known again wherever it is referred to.
 *
 * @throws WorkExhausted
 * @throws Undecidable
 */
function followReference(schema: Schema, context: SchemaContext): Schema {
  const ref = typeof schema === 'boolean' ? undefined : readText(schema, '$ref');
  if (ref === undefined) {
    return schema;
  }
  const keywords = Object.keys(schema).length;
  context.budget.spend(keywords);
  return keywords === 1 ? context.resolveRef(ref) : schema;
}

/** How often the most frequent of the parts already stands around a place. */
function countRepeats(parts: SchemaParts, around: SamplePlace | undefined, context: SchemaContext): number {
  const counts = parts.map((part) => {
    let count = 0;
    for (let place = around; place !== undefined; place = place.around) {
      context.budget.spend(1);
      count += place.parts.includes(part) ? 1 : 0;
    }
    return count;
  });
  return Math.max(0, ...counts);
}
