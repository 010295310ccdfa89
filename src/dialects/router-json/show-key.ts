/** Longer keys are cut. No field has a name of this length. */
const maxShownLength = 64;

/** A key that a client made up, as paths and messages show it: nothing in it can look like more than a key. */
export function showKey(key: string): string {
  if (key.length <= maxShownLength && /^[\w-]+$/.test(key)) return key;
  return JSON.stringify(key.length > maxShownLength ? `${key.slice(0, maxShownLength)}…` : key);
}
