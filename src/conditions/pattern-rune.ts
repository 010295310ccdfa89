/** The largest rune. */
export const maxRune = 0x10ffff;

const controls: ReadonlyMap<string, number> = new Map([
  ['a', 0x07],
  ['f', 0x0c],
  ['n', 0x0a],
  ['r', 0x0d],
  ['t', 0x09],
  ['v', 0x0b],
]);

/** The rune that is written plainly or as an escape. `undefined` for what RE2 does not take for one. */
export function decodeRune(token: string): number | undefined {
  if (!token.startsWith('\\')) return token.codePointAt(0);
  const hex = /^\\x(?:\{([0-9a-fA-F]+)\}|([0-9a-fA-F]{2}))$/.exec(token);
  const octal = /^\\(0[0-7]{0,2}|[1-7][0-7]{1,2})$/.exec(token)?.[1];
  if (hex !== null) {
    const rune = Number.parseInt(hex[1] ?? hex[2] ?? '', 16);
    return rune > maxRune ? undefined : rune;
  }
  if (octal !== undefined) return Number.parseInt(octal, 8);
  const sign = token.slice(1);
  // Any other ASCII character that is neither letter nor digit stands for itself.
  return controls.get(sign) ?? (/^(?![0-9A-Za-z])[\0-\x7f]$/.test(sign) ? sign.charCodeAt(0) : undefined);
}

/** A rune as an escape. */
export function writeRune(rune: number): string {
  return `\\x{${rune.toString(16)}}`;
}
