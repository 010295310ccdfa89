import type { ViolationList } from '../dialects/router-json/violation-list.ts';

/** Checks that a number, if there is one, is finite and within bounds that belong to what is allowed. */
export function checkRange(
  value: number | undefined,
  { min, max }: { readonly min: number; readonly max?: number },
  path: string,
  violations: ViolationList,
): void {
  if (value === undefined || (Number.isFinite(value) && value >= min && value <= (max ?? value))) return;
  violations.add(path, max === undefined ? `it must be at least ${min}` : `it must be from ${min} to ${max}`);
}

/** Checks that a text, if there is one, is one of some. */
export function checkOneOf(
  value: string | undefined,
  allowed: readonly string[],
  path: string,
  violations: ViolationList,
): void {
  if (value !== undefined && !allowed.includes(value)) violations.add(path, `it must be one of ${allowed.join(', ')}`);
}

/** Checks that a text is there and not longer than `maxChars` UTF-16 units. */
export function checkText(value: string, maxChars: number, path: string, violations: ViolationList): void {
  if (value === '') violations.add(path, 'it is required');
  else if (value.length > maxChars) violations.add(path, `it must have at most ${maxChars} characters`);
}

/**
 * Checks how long a list is.
 *
 * @returns the elements that are worth looking at: those within the bound.
 */
export function checkCount<Item>(
  items: readonly Item[],
  maxItems: number,
  path: string,
  violations: ViolationList,
): readonly Item[] {
  if (items.length <= maxItems) return items;
  violations.add(path, `it must have at most ${maxItems} elements, not ${items.length}`);
  return items.slice(0, maxItems);
}

/** Ids that are there already, with where. */
export class UsedIds {
  readonly #paths = new Map<string, string>();

  /** Checks that an id is a first one. An empty id counts as none. */
  check(id: string, path: string, violations: ViolationList): void {
    if (id === '') return;
    const usedAt = this.#paths.get(id);
    if (usedAt === undefined) this.#paths.set(id, path);
    else violations.add(path, `it must be unique, and ${usedAt} is the same`);
  }
}
