import type { PatternNode } from './pattern-node.ts';

/** The longest pattern that is read, in UTF-16 units. It also bounds how deep groups nest. */
export const maxPatternLength = 1_000;

const anyChar = '.';
// Sticky, so that each is tried at one place and runs forward once.
const classSource = /\[(?:[^\]\\]|\\.)*\]/suy;
const escapeSource = new RegExp(
  [
    String.raw`\\[pP]\{[^}]{0,64}\}`,
    String.raw`\\u\{[\da-fA-F]{1,6}\}`,
    // Two surrogates are one character.
    String.raw`\\u[dD][89abAB][\da-fA-F]{2}\\u[dD][c-fC-F][\da-fA-F]{2}`,
    String.raw`\\u[\da-fA-F]{4}`,
    String.raw`\\x[\da-fA-F]{2}`,
    String.raw`\\c[A-Za-z]`,
    String.raw`\\.`,
  ].join('|'),
  'suy',
);
const quantifierSource = /(?:[*+?]|\{(\d{1,9})(,(\d{1,9})?)?\})\??/uy;
const groupSource = /\((?:\?:|\?<(?![=!])[^>]{1,64}>|\?=|\?!|(?!\?))/uy;
const charSource = /./suy;

/** A pattern that this reader does not know. It stays in this file. */
class UnreadablePattern extends Error {}

/**
 * Reads an ECMAScript regular expression, as JSON Schema's `pattern` holds one.
 *
 * Not read: back-references, lookbehind, groups with flags, and anything longer than {@link maxPatternLength}.
 *
 * @returns `undefined` when it cannot be read.
 */
export function parsePattern(source: string): PatternNode | undefined {
  if (source.length > maxPatternLength) {
    return undefined;
  }
  const reader = { source, at: 0 };
  try {
    const node = readChoice(reader);
    return reader.at === source.length ? node : undefined;
  } catch (thrown) {
    if (thrown instanceof UnreadablePattern) {
      return undefined;
    }
    throw thrown;
  }
}

interface Reader {
  readonly source: string;
  at: number;
}

function readChoice(reader: Reader): PatternNode {
  const options = [readSequence(reader)];
  while (reader.source[reader.at] === '|') {
    reader.at++;
    options.push(readSequence(reader));
  }
  const [only] = options;
  return options.length === 1 && only !== undefined ? only : { kind: 'choice', options };
}

function readSequence(reader: Reader): PatternNode {
  const items: PatternNode[] = [];
  for (let next = reader.source[reader.at]; next !== undefined && next !== '|' && next !== ')'; ) {
    items.push(readQuantified(reader));
    next = reader.source[reader.at];
  }
  return { kind: 'sequence', items };
}

function readQuantified(reader: Reader): PatternNode {
  const item = readAtom(reader);
  const found = take(reader, quantifierSource);
  if (found === undefined) {
    return item;
  }
  const [text, least, comma, most] = found;
  switch (text?.[0]) {
    case '*':
      return { kind: 'repeat', item, min: 0, max: Number.POSITIVE_INFINITY };
    case '+':
      return { kind: 'repeat', item, min: 1, max: Number.POSITIVE_INFINITY };
    case '?':
      return { kind: 'repeat', item, min: 0, max: 1 };
    default: {
      const min = Number(least);
      const max = comma === undefined ? min : most === undefined ? Number.POSITIVE_INFINITY : Number(most);
      if (max < min) {
        throw new UnreadablePattern();
      }
      return { kind: 'repeat', item, min, max };
    }
  }
}

function readAtom(reader: Reader): PatternNode {
  switch (reader.source[reader.at]) {
    case '(':
      return readGroup(reader);
    case '[':
      return classNode(takeText(reader, classSource));
    case '\\':
      return readEscape(reader);
    case '^':
      reader.at++;
      return { kind: 'edge', at: 'start' };
    case '$':
      reader.at++;
      return { kind: 'edge', at: 'end' };
    case anyChar:
      reader.at++;
      return classNode(anyChar);
    case '*':
    case '+':
    case '?':
      throw new UnreadablePattern();
    default:
      return literalNode(takeText(reader, charSource));
  }
}

function readGroup(reader: Reader): PatternNode {
  const open = takeText(reader, groupSource);
  const item = readChoice(reader);
  if (reader.source[reader.at] !== ')') {
    throw new UnreadablePattern();
  }
  reader.at++;
  return open === '(?=' || open === '(?!' ? { kind: 'lookahead', item, negative: open === '(?!' } : item;
}

function readEscape(reader: Reader): PatternNode {
  const text = takeText(reader, escapeSource);
  if (text === '\\b' || text === '\\B') {
    return { kind: 'edge', at: text === '\\b' ? 'boundary' : 'no-boundary' };
  }
  if (/^\\[1-9k]$/.test(text)) {
    throw new UnreadablePattern();
  }
  // Without the `u` flag any other character may be escaped and stands for itself; schemas written for it are common.
  return /^\\[^A-Za-z0-9]$/u.test(text) ? literalNode(text.slice(1)) : classNode(text);
}

function literalNode(literal: string): PatternNode {
  return { kind: 'class', matches: (char) => char === literal };
}

/** One class or escape, left to the built-in engine, which here only ever sees one character and one class. */
function classNode(source: string): PatternNode {
  const compiled = compileClass(source, 'u') ?? compileClass(source, '');
  if (compiled === undefined) {
    throw new UnreadablePattern();
  }
  return { kind: 'class', matches: (char) => compiled.test(char) };
}

function compileClass(source: string, flags: string): RegExp | undefined {
  try {
    return new RegExp(`^${source}$`, flags);
  } catch {
    return undefined;
  }
}

function take(reader: Reader, token: RegExp): RegExpExecArray | undefined {
  token.lastIndex = reader.at;
  const found = token.exec(reader.source) ?? undefined;
  reader.at += found?.[0].length ?? 0;
  return found;
}

function takeText(reader: Reader, token: RegExp): string {
  const found = take(reader, token);
  if (found === undefined) {
    throw new UnreadablePattern();
  }
  return found[0];
}
