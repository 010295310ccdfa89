const maxShownLength = 64;

/** Text of the operator's as messages show it: in quotation marks, control characters escaped, cut short when long. */
export function showName(text: string): string {
  return JSON.stringify(text.length > maxShownLength ? `${text.slice(0, maxShownLength)}…` : text);
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
