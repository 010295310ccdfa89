import type { z } from 'zod';
import { didYouMean, suggest } from '../core/suggest.ts';
import { type ListedKey, namesInSection } from './list-keys.ts';
import { showName, showPath } from './show-name.ts';

type Issue = z.core.$ZodIssue;

/** One thing that is wrong with the configuration's values. */
export interface ValueProblem {
  readonly path: readonly PropertyKey[];
  /** One or two sentences. They show no value that could be a secret. */
  readonly text: string;
}

/**
 * Says in sentences what validation found.
 *
 * @param issue - an issue that was reported with its input.
 * @param keys - every key that there is, for suggestions.
 */
export function describeIssue(issue: Issue, keys: readonly ListedKey[]): ValueProblem[] {
  switch (issue.code) {
    case 'unrecognized_keys':
      return issue.keys.map((key) => ({
        path: [...issue.path, key],
        text: `There is no such key.${suggestKey(key, issue.path, keys)}`,
      }));
    case 'invalid_key':
      return issue.issues.map((inner) => ({ path: issue.path, text: inner.message }));
    case 'invalid_type':
      return [{ path: issue.path, text: describeType(issue.expected, issue.input) }];
    case 'invalid_value':
      return [{ path: issue.path, text: describeChoice(issue.values.map(String), issue.input) }];
    case 'too_small':
      return [{ path: issue.path, text: describeBound('least', issue.minimum, issue.origin, issue.input) }];
    case 'too_big':
      return [{ path: issue.path, text: describeBound('most', issue.maximum, issue.origin, issue.input) }];
    default:
      return [{ path: issue.path, text: issue.message }];
  }
}

/** By the names of zod and of `typeof`. */
const typeNames: Readonly<Record<string, string>> = {
  array: 'a list',
  boolean: 'true or false',
  int: 'a whole number',
  // Every number of the configuration is whole; zod speaks of numbers where it finds none at all.
  number: 'a whole number',
  object: 'a section with keys',
  record: 'a section with keys',
  string: 'text',
};

function describeType(expected: string, input: unknown): string {
  const wanted = typeNames[expected] ?? expected;
  if (input === undefined) return 'It is missing.';
  if (Array.isArray(input)) return `It must be ${wanted}, not a list.`;
  if (typeof input === 'number') {
    // What is not text is not shown where text must be: it may be a secret.
    return expected === 'string' ? needsQuotes : `It must be ${wanted}, not ${input}.`;
  }
  if (typeof input === 'boolean' && expected === 'string') return needsQuotes;
  return `It must be ${wanted}, not ${typeNames[typeof input]}.`;
}

const needsQuotes = 'It must be text. Put it in quotation marks.';

function describeChoice(choices: readonly string[], input: unknown): string {
  const list = `It must be ${choices.length === 1 ? '' : 'one of '}${choices.join(', ')}`;
  return typeof input === 'string'
    ? `${list}, not ${showName(input)}.${didYouMean(suggest(input, choices))}`
    : `${list}.`;
}

function describeBound(side: 'least' | 'most', bound: number | bigint, origin: string, input: unknown): string {
  switch (origin) {
    case 'string':
      return `It must have at ${side} ${bound} ${Number(bound) === 1 ? 'character' : 'characters'}.`;
    case 'array':
      return `It must have at ${side} ${bound} ${Number(bound) === 1 ? 'entry' : 'entries'}.`;
    default:
      return `It must be at ${side} ${bound}, not ${String(input)}.`;
  }
}

/** A near name in the same section, or the same name in another one. */
function suggestKey(key: string, section: readonly PropertyKey[], keys: readonly ListedKey[]): string {
  const near = suggest(key, namesInSection(keys, section));
  if (near !== undefined) return didYouMean(near);
  const elsewhere = keys.find(({ path }) => path.at(-1) === key);
  return didYouMean(elsewhere === undefined ? undefined : showPath(elsewhere.path));
}
