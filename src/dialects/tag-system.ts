import type { JsonObject } from '../core/json.ts';

/**
 * Puts a text of a later system message in `<system>` tags, for providers that take system messages only at the beginning: as a user's
 * text at its place, what it says holds from there on, and what came before stays in the cache.
 *
 * @param block - what is no text stays as it is.
 */
export function tagSystem(block: JsonObject): JsonObject {
  const { text } = block;
  return typeof text === 'string' ? { ...block, text: `<system>${text}</system>` } : block;
}
