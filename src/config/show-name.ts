const maxShownLength = 64;

/**
 * Text of the operator's with what would break or disguise a line of a message escaped: control and format characters, line and
 * paragraph separators, halves of characters.
 */
export function escapeControls(text: string): string {
  return text.replaceAll(/[\p{Cc}\p{Cf}\p{Cs}\p{Zl}\p{Zp}]/gu, (character) => {
    const code = character.codePointAt(0) ?? 0;
    return `\\u{${code.toString(16)}}`;
  });
}

/** Text of the operator's as messages show it: in quotation marks, control characters escaped, cut short when long. */
export function showName(text: string, maxLength: number = maxShownLength): string {
  return `"${escapeControls(text.length > maxLength ? `${text.slice(0, maxLength)}…` : text)}"`;
}

/** A path into the configuration as messages show it, such as `keys[0].secret`. The root's is empty. */
export function showPath(path: readonly PropertyKey[]): string {
  let shown = '';
  for (const step of path) {
    if (typeof step === 'number') shown += `[${step}]`;
    else if (/^[\w-]{1,64}$/.test(String(step))) shown += shown === '' ? String(step) : `.${String(step)}`;
    else shown += `[${showName(String(step))}]`;
  }
  return shown;
}
