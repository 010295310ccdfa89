import { isUtf8 } from 'node:buffer';
import { createError } from '../../core/errors.ts';
import { isJsonObject, type JsonObject, type JsonValue } from '../../core/json.ts';
import { findJsonProblem } from '../find-json-problem.ts';

/**
 * How many values a body may hold. A request of ten thousand messages has some fifty thousand; ten megabytes of nothing but
 * brackets have millions, and keep the server from everybody else for seconds.
 */
const maxValues = 500_000;

/** How many fields a body may have at its root, where each unknown one is kept for the provider. */
const maxRootFields = 1000;

/**
 * Parses a request body.
 *
 * @param maxDepth - how deep arrays and objects may nest. Whatever walks the value later may recurse as deep.
 * @throws SignalboxError INVALID_JSON.
 */
export function parseJsonBody(body: Buffer, maxDepth: number): JsonObject {
  if (!isUtf8(body)) throw createError('INVALID_JSON', { problem: 'it is not UTF-8' });
  let json: JsonValue;
  try {
    json = JSON.parse(body.toString('utf8'));
  } catch (error) {
    throw createError('INVALID_JSON', { problem: describeSyntaxError(error) });
  }
  if (!isJsonObject(json)) throw createError('INVALID_JSON', { problem: 'it is not an object' });
  if (Object.keys(json).length > maxRootFields) {
    throw createError('INVALID_JSON', { problem: `it has more than ${maxRootFields} fields at its root` });
  }
  const problem = findJsonProblem(json, { maxDepth, maxValues });
  if (problem !== undefined) throw createError('INVALID_JSON', { problem });
  return json;
}

/** V8 quotes the text around the fault, which may be a prompt and ends up in logs: only the place is told. */
function describeSyntaxError(error: unknown): string {
  const place =
    error instanceof SyntaxError ? /at position \d+(?: \(line \d+ column \d+\))?/.exec(error.message) : null;
  return place === null ? 'it ends too early or is malformed' : `the syntax is wrong ${place[0]}`;
}
