import { stripCollection } from '../dialects/router-json/strip-collection.ts';

/** The longest name of a router. It is that of a DNS label, so that a name can stand anywhere. */
export const maxRouterNameLength = 63;

const namePattern = /^[a-z0-9][a-z0-9-]{0,62}$/;

/** Letters that Unicode does not take apart into an ASCII letter and an accent. */
const asciiLetters: Readonly<Record<string, string>> = {
  ß: 'ss',
  æ: 'ae',
  œ: 'oe',
  ø: 'o',
  đ: 'd',
  ð: 'd',
  þ: 'th',
  ł: 'l',
  ı: 'i',
};

/** The name of a router in `NAME` or `routers/NAME`. `undefined`: it is none. */
export function parseRouterName(text: string): string | undefined {
  const name = stripCollection(text);
  return namePattern.test(name) ? name : undefined;
}

/**
 * Makes a router's name of the name that people see: its ASCII letters and digits in lower case, letters without their accents, and one
 * hyphen for whatever stands between them. At most 63 characters.
 *
 * @returns undefined when it has no such letter or digit.
 */
export function deriveRouterName(displayName: string): string | undefined {
  const name = displayName
    .toLowerCase()
    .normalize('NFKD')
    .replaceAll(/\p{Mn}/gu, '')
    .replaceAll(/[ßæœøđðþłı]/g, (letter) => asciiLetters[letter] ?? '')
    .replaceAll(/[^a-z0-9]+/g, '-')
    .slice(0, maxRouterNameLength + 1)
    .replace(/^-/, '')
    .slice(0, maxRouterNameLength)
    .replace(/-$/, '');
  return name === '' ? undefined : name;
}
