import type { JsonObject, JsonValue } from '../../../core/json.ts';
import { matchPattern } from '../pattern/match-pattern.ts';
import { parsePattern } from '../pattern/parse-pattern.ts';
import type { PatternNode } from '../pattern/pattern-node.ts';
import { createWorkBudget, textUnits, type WorkBudget } from '../work-budget.ts';
import { readText, type Schema, toSchema } from './schema-keywords.ts';
import type { SchemaLimits } from './schema-limits.ts';

/**
 * Thrown where the sandbox cannot tell what a part of a schema means. Its message is a clause for the caller. Caught by
 * {@link SchemaContext.decide}; it never leaves the sandbox.
 */
export class Undecidable extends Error {
  override readonly name = 'Undecidable';
}

/** A whole schema, with what is needed to look into it within bounds. */
export interface SchemaContext {
  readonly budget: WorkBudget;
  readonly limits: SchemaLimits;
  /** The first thing that could not be told, as a clause. */
  readonly problem: string | undefined;
  /**
   * Runs a step, and answers `undefined` and keeps the problem when it meets something that cannot be told.
   *
   * @throws WorkExhausted
   */
  decide<Result>(step: () => Result): Result | undefined;
  /** @throws Undecidable when the reference leads nowhere inside the schema. */
  resolveRef(ref: string): Schema;
  /** @throws Undecidable when the pattern cannot be read. */
  readPattern(source: string): PatternNode;
  /** @throws Undecidable when the pattern cannot be read. */
  matches(source: string, text: string): boolean;
}

/** Each character of a pattern may be a class to compile, which costs more than a step. */
const patternUnits = 4;
/** An error that is thrown and caught costs more than a step. */
const undecidedUnits = 32;

/** Opens a schema for one try, with a budget of its own. */
export function createSchemaContext(root: Schema, limits: SchemaLimits): SchemaContext {
  const budget = createWorkBudget(limits.maxWork);
  const refs = new Map<string, Schema>();
  const patterns = new Map<string, PatternNode>();
  let problem: string | undefined;

  const context: SchemaContext = {
    budget,
    limits,
    get problem() {
      return problem;
    },
    decide(step) {
      try {
        return step();
      } catch (thrown) {
        if (thrown instanceof Undecidable) {
          problem ??= thrown.message;
          budget.spend(undecidedUnits);
          return undefined;
        }
        throw thrown;
      }
    },
    resolveRef(ref) {
      const known = refs.get(ref);
      if (known !== undefined) {
        return known;
      }
      budget.spend(textUnits(ref));
      const found = findByRef(root, ref, budget);
      if (found === undefined) {
        throw new Undecidable(`the reference ${quote(ref)} leads to nothing inside the schema`);
      }
      refs.set(ref, found);
      return found;
    },
    readPattern(source) {
      const known = patterns.get(source);
      if (known !== undefined) {
        return known;
      }
      budget.spend(1 + source.length * patternUnits);
      const parsed = parsePattern(source);
      if (parsed === undefined) {
        throw new Undecidable(`the pattern ${quote(source)} is not one that the sandbox reads`);
      }
      patterns.set(source, parsed);
      return parsed;
    },
    matches: (source, text) => matchPattern(context.readPattern(source), text, budget),
  };
  return context;
}

function findByRef(root: Schema, ref: string, budget: WorkBudget): Schema | undefined {
  const hash = ref.indexOf('#');
  const [base, fragment] = hash < 0 ? [ref, ''] : [ref.slice(0, hash), ref.slice(hash + 1)];
  if (base !== '' && (root === true || root === false || readText(root, '$id') !== base)) {
    return undefined;
  }
  if (fragment === '') {
    return root;
  }
  return fragment.startsWith('/') ? findByPointer(root, fragment) : findByAnchor(root, fragment, budget);
}

/** RFC 6901, in the form of a URI fragment. */
function findByPointer(root: Schema, pointer: string): Schema | undefined {
  let value: JsonValue | undefined = root;
  for (const segment of pointer.slice(1).split('/')) {
    if (typeof value !== 'object' || value === null) {
      return undefined;
    }
    const name = decodeSegment(segment);
    if (name === undefined || !Object.hasOwn(value, name)) {
      return undefined;
    }
    // Arrays have their indexes as names.
    value = Array.isArray(value) ? value[Number(name)] : value[name];
  }
  return toSchema(value);
}

function decodeSegment(segment: string): string | undefined {
  try {
    return decodeURIComponent(segment).replaceAll('~1', '/').replaceAll('~0', '~');
  } catch {
    return undefined;
  }
}

function findByAnchor(root: Schema, anchor: string, budget: WorkBudget): Schema | undefined {
  const pending: JsonValue[] = [root];
  for (let value = pending.pop(); value !== undefined; value = pending.pop()) {
    budget.spend(1);
    if (typeof value !== 'object' || value === null) {
      continue;
    }
    if (!Array.isArray(value) && isAnchored(value, anchor)) {
      return value;
    }
    for (const inner of Object.values(value)) {
      budget.spend(1);
      pending.push(inner);
    }
  }
  return undefined;
}

function isAnchored(schema: JsonObject, anchor: string): boolean {
  return schema['$anchor'] === anchor || schema['$dynamicAnchor'] === anchor;
}

const maxQuotedLength = 80;

function quote(text: string): string {
  return JSON.stringify(text.length > maxQuotedLength ? `${text.slice(0, maxQuotedLength)}…` : text);
}
