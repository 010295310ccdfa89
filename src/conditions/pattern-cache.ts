import { TextPattern } from './text-pattern.ts';

/** The most patterns that are kept compiled. Their states are about 64 MB when every one is hostile. */
export const maxKeptPatterns = 256;

const patterns = new Map<string, TextPattern>();

/**
 * The compiled pattern, from the cache or into it. The one that was used least recently makes room.
 *
 * @throws Error with one sentence when the pattern is too large, or RE2 refuses it.
 */
export function resolvePattern(pattern: string): TextPattern {
  const known = patterns.get(pattern);
  if (known !== undefined) {
    patterns.delete(pattern);
    patterns.set(pattern, known);
    return known;
  }
  const made = new TextPattern(pattern);
  for (const oldest of patterns.keys()) {
    if (patterns.size < maxKeptPatterns) break;
    patterns.delete(oldest);
  }
  patterns.set(pattern, made);
  return made;
}
