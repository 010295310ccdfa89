import { isJsonObject, type JsonObject, type JsonValue } from '../core/json.ts';

/**
 * Whether a JSON Schema refers to itself, in one step or over others. Providers that compile schemas take none of those. References are
 * JSON Pointers into the schema itself (RFC 6901 §6).
 */
export function isRecursiveSchema(schema: JsonObject): boolean {
  const targets = new Map<string, ReadonlySet<string>>();
  const waiting = [...listRefs(schema)];
  for (let ref = waiting.pop(); ref !== undefined; ref = waiting.pop()) {
    if (targets.has(ref)) continue;
    const inner = listRefs(resolve(schema, ref));
    targets.set(ref, inner);
    for (const next of inner) waiting.push(next);
  }
  return hasCycle(targets);
}

/** Takes away what leads nowhere until nothing is left but cycles, and what leads into them. */
function hasCycle(targets: ReadonlyMap<string, ReadonlySet<string>>): boolean {
  const sources = new Map<string, string[]>();
  const open = new Map<string, number>();
  const ended: string[] = [];
  for (const [ref, inner] of targets) {
    open.set(ref, inner.size);
    if (inner.size === 0) ended.push(ref);
    for (const next of inner) {
      const known = sources.get(next);
      if (known === undefined) sources.set(next, [ref]);
      else known.push(ref);
    }
  }
  for (let ref = ended.pop(); ref !== undefined; ref = ended.pop()) {
    open.delete(ref);
    for (const source of sources.get(ref) ?? []) {
      const rest = (open.get(source) ?? 0) - 1;
      open.set(source, rest);
      if (rest === 0) ended.push(source);
    }
  }
  return open.size > 0;
}

function listRefs(value: JsonValue | undefined): Set<string> {
  const refs = new Set<string>();
  const waiting = [value];
  while (waiting.length > 0) {
    const next = waiting.pop();
    if (Array.isArray(next)) {
      for (const item of next) waiting.push(item);
    } else if (isJsonObject(next)) {
      const { $ref: ref } = next;
      if (typeof ref === 'string') refs.add(ref);
      for (const inner of Object.values(next)) waiting.push(inner);
    }
  }
  return refs;
}

/** `undefined`: there is nothing. */
function resolve(schema: JsonObject, ref: string): JsonValue | undefined {
  let value: JsonValue | undefined = schema;
  for (const step of ref.split('/').slice(1)) {
    const name = decodeStep(step);
    if (Array.isArray(value)) value = value[Number(name)];
    else value = isJsonObject(value) && Object.hasOwn(value, name) ? value[name] : undefined;
  }
  return value;
}

function decodeStep(step: string): string {
  const name = step.replaceAll('~1', '/').replaceAll('~0', '~');
  try {
    return decodeURIComponent(name);
  } catch {
    return name;
  }
}
