import { parseYaml } from '../config/parse-yaml.ts';
import { escapeControls } from '../config/show-name.ts';
import { isJsonObject } from '../core/json.ts';
import { type DecodedEntry, decodeRouterEntry, type RouterEntry } from './decode-router-entry.ts';
import type { RouterRules } from './router-limits.ts';

/** What a file holds. */
export interface ParsedRouterFile {
  readonly entries: readonly RouterEntry[];
  /** One sentence each, with the file and line. Not empty: none of the files is taken. */
  readonly problems: readonly string[];
}

/**
 * Reads a file of the folder of routers: YAML, of which JSON is a part. It holds one router, a list of them, or a list under `routers`.
 * An empty file holds none.
 *
 * @param path - for messages.
 */
export function parseRouterFile(content: Uint8Array, path: string, rules: RouterRules): ParsedRouterFile {
  const shown = escapeControls(path);
  let text: string;
  try {
    text = new TextDecoder('utf-8', { fatal: true }).decode(content);
  } catch {
    return { entries: [], problems: [`${shown}: The file is not UTF-8 text. Save it as UTF-8.`] };
  }
  const parsed = parseYaml(text);
  if (!parsed.ok) {
    const problems = parsed.problems.map(({ line, text: problem }) => `${showPlace(shown, line)}: ${problem}`);
    return { entries: [], problems };
  }
  const { value } = parsed;
  const locate = (steps: readonly PropertyKey[]): string => showPlace(shown, parsed.lineOf(steps));
  if (value === undefined) return { entries: [], problems: [] };
  if (Array.isArray(value)) return decodeEntries(value, [], locate, rules);
  // `routers` is no field of a router.
  if (isJsonObject(value) && 'routers' in value) return decodeWrapped(value, locate, rules);
  return collectEntries([decodeRouterEntry(value, [], locate, rules)]);
}

function decodeWrapped(
  value: object & { readonly routers?: unknown },
  locate: (path: readonly PropertyKey[]) => string,
  rules: RouterRules,
): ParsedRouterFile {
  const problems = Object.keys(value)
    .filter((key) => key !== 'routers')
    .map((key) => `${locate([key])}: Beside routers there can be no other key.`);
  const { routers = [] } = value;
  if (!Array.isArray(routers)) problems.push(`${locate(['routers'])}: routers: It must be a list.`);
  if (problems.length > 0 || !Array.isArray(routers)) return { entries: [], problems };
  return decodeEntries(routers, ['routers'], locate, rules);
}

/**
 * Reads a list of routers.
 *
 * @param path - where the list is in its file.
 */
export function decodeEntries(
  list: readonly unknown[],
  path: readonly PropertyKey[],
  locate: (path: readonly PropertyKey[]) => string,
  rules: RouterRules,
): ParsedRouterFile {
  return collectEntries(Array.from(list, (data, index) => decodeRouterEntry(data, [...path, index], locate, rules)));
}

function collectEntries(decoded: readonly DecodedEntry[]): ParsedRouterFile {
  return {
    entries: decoded.flatMap(({ entry }) => entry ?? []),
    problems: decoded.flatMap(({ problems }) => problems),
  };
}

function showPlace(path: string, line: number | undefined): string {
  return line === undefined ? path : `${path}:${line}`;
}
