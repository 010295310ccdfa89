import { isUtf8 } from 'node:buffer';
import { createError } from '../../core/errors.ts';
import { isJsonObject, type JsonObject, type JsonValue } from '../../core/json.ts';

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
  const problem = findProblem(json, maxDepth);
  if (problem !== undefined) throw createError('INVALID_JSON', { problem });
  return json;
}

/** V8 quotes the text around the fault, which may be a prompt and ends up in logs: only the place is told. */
function describeSyntaxError(error: unknown): string {
  const place =
    error instanceof SyntaxError ? /at position \d+(?: \(line \d+ column \d+\))?/.exec(error.message) : null;
  return place === null ? 'it ends too early or is malformed' : `the syntax is wrong ${place[0]}`;
}

/**
 * Looks for what JSON.parse lets pass: nesting too deep, and numbers past the range of a double, which it makes Infinity of and
 * JSON.stringify null, so that the provider would get something else than the client sent.
 *
 * Level by level and not by recursion: the value may be nested deeper than the stack is.
 */
function findProblem(json: JsonObject, maxDepth: number): string | undefined {
  let level: (JsonObject | JsonValue[])[] = [json];
  for (let depth = 1; level.length > 0; depth++) {
    if (depth > maxDepth) return `it is nested deeper than ${maxDepth} levels`;
    const next: (JsonObject | JsonValue[])[] = [];
    for (const value of level) {
      for (const child of Array.isArray(value) ? value : Object.values(value)) {
        if (typeof child === 'object' && child !== null) next.push(child);
        else if (typeof child === 'number' && !Number.isFinite(child)) return 'it has a number that is too large';
      }
    }
    level = next;
  }
  return undefined;
}
