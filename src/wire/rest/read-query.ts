import type { FastifyRequest } from 'fastify';
import { isJsonObject } from '../../core/json.ts';
import { createFieldError } from '../../core/json-fields.ts';

/** How much of a parameter's name is shown. */
const maxShownChars = 100;

/** The largest page size that a 32-bit field holds. More is asked for in vain anyway. */
const maxPageSize = 2 ** 31 - 1;

/**
 * Reads the query of a request.
 *
 * @param names - the parameters that the path takes, in snake_case. Callers may write them in camelCase.
 * @param listNames - those of them that may be given more than once. Their values come with commas between them.
 * @throws SignalboxError INVALID_FIELD for a parameter that the path does not take, or that is given more than once and is no list.
 */
export function readQuery<Name extends string>(
  { query }: FastifyRequest,
  names: readonly Name[],
  listNames: readonly Name[] = [],
): Partial<Readonly<Record<Name, string>>> {
  const values: Partial<Record<Name, string>> = {};
  for (const [key, value] of isJsonObject(query) ? Object.entries(query) : []) {
    const field = key.slice(0, maxShownChars);
    const snake = key.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`);
    const name = names.find((known) => known === snake);
    if (name === undefined) throw createFieldError(field, describeNames(names));
    const given = [values[name] ?? [], value].flat();
    if (given.length > 1 && !listNames.includes(name)) throw createFieldError(field, 'it is given more than once');
    values[name] = given.join();
  }
  return values;
}

function describeNames(names: readonly string[]): string {
  const known = names.length === 0 ? 'it takes none' : `it takes ${names.join(', ')}`;
  return `this path has no such query parameter: ${known}`;
}

/** Reads a page size. Absent: 0, the default. */
export function parsePageSize(text: string | undefined): number {
  if (text === undefined) return 0;
  if (/^-\d+$/.test(text)) throw createFieldError('page_size', 'it must not be negative');
  if (!/^\d+$/.test(text)) throw createFieldError('page_size', 'it must be a whole number');
  return Math.min(Number(text), maxPageSize);
}

/** Reads a flag. Absent: false. */
export function parseFlag(text: string | undefined, field: string): boolean {
  if (text === undefined || text === 'false') return false;
  if (text === 'true') return true;
  throw createFieldError(field, 'it must be true or false');
}
