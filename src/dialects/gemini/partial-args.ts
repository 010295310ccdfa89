import type { JsonObject, JsonValue } from '../../core/json.ts';
import { isJsonObject } from '../../core/json.ts';

/** A value that is being built. Maps and not objects, since names come from outside. */
type Node = Map<string, Node> | Node[] | string | number | boolean | null;

/** How deep arguments may be nested. */
const maxDepth = 100;

const step = /\.([^.[\]'"]+)|\[(\d{1,6})\]|\[(['"])(.*?)\3\]/gy;

/**
 * Builds the arguments of a function call from the pieces that Vertex AI streams: each names a place by its JSON path, and gives a value
 * or the next piece of a string (cloud.google.com/vertex-ai/generative-ai/docs/multimodal/function-calling#streaming-fc).
 */
export class PartialArgs {
  readonly #root: Map<string, Node>;
  /** The place whose string goes on. */
  #openPath: string | undefined;

  /** @param args - what came whole before. */
  constructor(args: JsonObject) {
    this.#root = new Map(Object.entries(args).map(([key, value]) => [key, toNode(value)]));
  }

  /**
   * Takes a piece.
   *
   * @returns whether it could be read and placed.
   */
  push(piece: JsonObject): boolean {
    const path = piece['jsonPath'];
    const value = readValue(piece);
    if (typeof path !== 'string' || value === undefined) return false;
    const steps = parsePath(path);
    if (steps === undefined) return false;
    const continues = this.#openPath === path;
    this.#openPath = piece['willContinue'] === true ? path : undefined;
    return place(this.#root, steps, value, continues);
  }

  toJson(): JsonObject {
    return Object.fromEntries(Array.from(this.#root, ([key, node]) => [key, toJson(node)]));
  }
}

/** The value of a piece. `undefined`: it has none that can be read. */
function readValue(piece: JsonObject): string | number | boolean | null | undefined {
  const { stringValue, numberValue, boolValue } = piece;
  if (typeof stringValue === 'string') return stringValue;
  if (typeof numberValue === 'number') return numberValue;
  if (typeof boolValue === 'boolean') return boolValue;
  return 'nullValue' in piece ? null : undefined;
}

/** The steps of a path below `$`. `undefined`: it is none. */
function parsePath(path: string): (string | number)[] | undefined {
  if (!path.startsWith('$')) return undefined;
  const steps: (string | number)[] = [];
  let end = 1;
  step.lastIndex = end;
  for (let match = step.exec(path); match !== null; match = step.exec(path)) {
    const [, name, index, , quoted] = match;
    steps.push(index === undefined ? (name ?? quoted ?? '') : Number(index));
    end = step.lastIndex;
  }
  return end === path.length && steps.length > 0 && steps.length <= maxDepth ? steps : undefined;
}

function place(root: Node, steps: readonly (string | number)[], value: Node, continues: boolean): boolean {
  let parent = root;
  for (const [depth, key] of steps.entries()) {
    const next = steps[depth + 1];
    const old = read(parent, key);
    let placed: Node;
    if (next === undefined)
      placed = continues && typeof old === 'string' && typeof value === 'string' ? old + value : value;
    else placed = old instanceof Map || Array.isArray(old) ? old : typeof next === 'number' ? [] : new Map();
    if (!write(parent, key, placed)) return false;
    parent = placed;
  }
  return true;
}

function read(parent: Node, key: string | number): Node | undefined {
  if (parent instanceof Map) return parent.get(String(key));
  return Array.isArray(parent) && typeof key === 'number' ? parent[key] : undefined;
}

/** Elements come in order: a place beyond the end would make a list of any length. */
function write(parent: Node, key: string | number, value: Node): boolean {
  if (parent instanceof Map) parent.set(String(key), value);
  else if (Array.isArray(parent) && typeof key === 'number' && key <= parent.length) parent[key] = value;
  else return false;
  return true;
}

function toNode(value: JsonValue): Node {
  if (Array.isArray(value)) return value.map(toNode);
  if (isJsonObject(value)) return new Map(Object.entries(value).map(([key, inner]) => [key, toNode(inner)]));
  return value;
}

function toJson(node: Node): JsonValue {
  if (Array.isArray(node)) return node.map(toJson);
  if (node instanceof Map) return Object.fromEntries(Array.from(node, ([key, inner]) => [key, toJson(inner)]));
  return node;
}
