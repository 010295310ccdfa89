import {
  type Document,
  type ErrorCode,
  isAlias,
  isCollection,
  isMap,
  isNode,
  isPair,
  isScalar,
  LineCounter,
  type Node,
  parseDocument,
  visit,
  type YAMLMap,
} from 'yaml';
import { showName } from './show-name.ts';

/** Aliases (`*name`) that a file may use. A few share a value; many are an attack on memory. */
const maxAliases = 100;
/**
 * How often one value may stand in the file once aliases inside aliases are written out, as the yaml package counts it: 40 lines
 * that each name the line before twice stand for a million million values.
 */
const maxAliasCount = 1000;

/** Repeated keys and the like that are told at once. */
const maxProblems = 50;

/** What is wrong with a YAML text, and where. */
export interface YamlProblem {
  /** Counted from 1. `undefined`: no single line. */
  readonly line: number | undefined;
  /** A sentence. It shows nothing of the text but names of keys: the text may hold secrets. */
  readonly text: string;
}

/** A YAML text as values. */
export type ParsedYaml =
  | {
      readonly ok: true;
      /**
       * Plain JSON-like data. A key without a value is left out, since an empty section (`keys:` with its entries commented
       * out) says nothing. An empty file is `undefined`.
       */
      readonly value: unknown;
      /** The line of the key or list entry at a path, or of its nearest ancestor that the text holds. Counted from 1. */
      lineOf(path: readonly PropertyKey[]): number | undefined;
    }
  | { readonly ok: false; readonly problems: readonly YamlProblem[] };

/**
 * Parses one YAML 1.2 document, with bounds on nesting and aliases, in time linear in the text's length.
 *
 * @param text - the file's content.
 */
export function parseYaml(text: string): ParsedYaml {
  const lineCounter = new LineCounter();
  const lineAt = (offset: number): number => lineCounter.linePos(offset).line;
  try {
    const document = parseDocument(text, {
      lineCounter,
      // Pretty errors quote the text, and the text may hold secrets.
      prettyErrors: false,
      logLevel: 'error',
      resolveKnownTags: false,
      stringKeys: true,
      // The package compares every key with every other one. checkNodes does it in linear time.
      uniqueKeys: false,
    });
    // A warning means that the value is not what the text seems to say.
    const first = [...document.errors, ...document.warnings].sort((one, other) => one.pos[0] - other.pos[0])[0];
    if (first !== undefined) {
      return { ok: false, problems: [{ line: lineAt(first.pos[0]), text: yamlSentences[first.code] }] };
    }
    const problems = checkNodes(document, lineAt);
    if (problems.length > 0) return { ok: false, problems };
    const value: unknown = document.toJS({ maxAliasCount, reviver: (_key, item: unknown) => item ?? undefined });
    return { ok: true, value: value ?? undefined, lineOf: (path) => findLine(document, path, lineAt) };
  } catch (thrown) {
    // The package throws ReferenceErrors of aliases, and recursion ends in a RangeError.
    if (thrown instanceof ReferenceError) return failed(aliasSentence);
    if (thrown instanceof RangeError) return failed(nestingSentence);
    throw thrown;
  }
}

function failed(text: string): ParsedYaml {
  return { ok: false, problems: [{ line: undefined, text }] };
}

/** Checks what the package leaves unchecked, or checks too slowly: repeated keys, the number of aliases, undefined ones. */
function checkNodes(document: Document, lineAt: (offset: number) => number): YamlProblem[] {
  const problems: YamlProblem[] = [];
  const anchors = new Set<string>();
  let aliases = 0;
  const report = (node: Node, text: string): void => {
    if (problems.length === maxProblems) return;
    problems.push({ line: node.range ? lineAt(node.range[0]) : undefined, text });
  };
  visit(document, {
    Node(_key, node) {
      if (isAlias(node)) {
        aliases += 1;
        if (aliases > maxAliases) {
          report(node, aliasSentence);
          return visit.BREAK;
        }
        if (!anchors.has(node.source)) report(node, 'The alias has no anchor before it.');
      } else if (isScalar(node) || isCollection(node)) {
        if (node.anchor !== undefined) anchors.add(node.anchor);
        if (isMap(node)) checkKeys(node, report);
      }
      return undefined;
    },
  });
  return problems;
}

function checkKeys(map: YAMLMap, report: (node: Node, text: string) => void): void {
  const seen = new Set<string>();
  for (const { key } of map.items) {
    if (!isScalar(key) || typeof key.value !== 'string') continue;
    const name = showName(key.value);
    if (seen.has(key.value)) report(key, `The key ${name} stands twice in the same place. Remove one of them.`);
    // Validation would leave it out in silence.
    if (key.value === '__proto__') report(key, `The key ${name} is not allowed.`);
    seen.add(key.value);
  }
}

function findLine(
  document: Document,
  path: readonly PropertyKey[],
  lineAt: (offset: number) => number,
): number | undefined {
  let node: unknown = document.contents;
  let offset: number | undefined;
  for (const step of path) {
    if (isAlias(node)) node = node.resolve(document);
    if (!isCollection(node)) break;
    const item: unknown = isMap(node)
      ? node.items.find(({ key }) => isScalar(key) && key.value === String(step))
      : node.items[Number(step)];
    const [position, next] = splitItem(item);
    if (position?.range === undefined || position.range === null) break;
    offset = position.range[0];
    node = next;
  }
  return offset === undefined ? undefined : lineAt(offset);
}

/** Where an item of a collection stands, and its value: key and value of a map's pair, or the list entry itself. */
function splitItem(item: unknown): [Node | undefined, unknown] {
  if (isNode(item)) return [item, item];
  if (isPair(item)) return [isNode(item.key) ? item.key : undefined, item.value];
  return [undefined, undefined];
}

const aliasSentence = 'The file repeats values by aliases (*name) too often. Write the values out.';
const nestingSentence = 'The file nests values too deeply.';
const quotingSentence = 'A value is not valid YAML. Put it in quotation marks if it holds special characters.';
const indentSentence = 'The indentation is not valid YAML.';
const keySentence = 'A key is not valid YAML. Write it as one line of plain text, followed by a colon and a space.';
const tagSentence = 'A tag (!name) is not known here. Remove it, or put the value in quotation marks.';
const anchorSentence = 'An anchor (&name) or alias (*name) is not valid YAML here.';

/** The package's own messages quote the text. */
const yamlSentences: Readonly<Record<ErrorCode, string>> = {
  ALIAS_PROPS: anchorSentence,
  BAD_ALIAS: anchorSentence,
  BAD_COLLECTION_TYPE: tagSentence,
  BAD_DIRECTIVE: 'A line that begins with % is not valid YAML.',
  BAD_DQ_ESCAPE: 'A value in double quotation marks holds an unknown escape sequence. Write \\\\ for a backslash.',
  BAD_INDENT: indentSentence,
  BAD_PROP_ORDER: anchorSentence,
  BAD_SCALAR_START: quotingSentence,
  BLOCK_AS_IMPLICIT_KEY: keySentence,
  BLOCK_IN_FLOW: 'A value inside brackets or braces is not valid YAML.',
  DUPLICATE_KEY: 'A key stands twice in the same place. Remove one of them.',
  IMPOSSIBLE: quotingSentence,
  KEY_OVER_1024_CHARS: 'A key is longer than 1024 characters.',
  MISSING_CHAR: 'A bracket, a brace, a quotation mark, a comma or a space is missing.',
  MULTILINE_IMPLICIT_KEY: keySentence,
  MULTIPLE_ANCHORS: anchorSentence,
  MULTIPLE_DOCS: 'The file holds more than one YAML document. Remove the line with --- and what follows it.',
  MULTIPLE_TAGS: tagSentence,
  NON_STRING_KEY: keySentence,
  RESOURCE_EXHAUSTION: nestingSentence,
  TAB_AS_INDENT: 'The indentation holds a tab. Indent with spaces.',
  TAG_RESOLVE_FAILED: tagSentence,
  UNEXPECTED_TOKEN: quotingSentence,
};
