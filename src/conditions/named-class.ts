/** The general categories that a pattern can name. */
const categories: ReadonlySet<string> = new Set(
  'C Cc Cf Cn Co Cs L LC Ll Lm Lo Lt Lu M Mc Me Mn N Nd Nl No P Pc Pd Pe Pf Pi Po Ps S Sc Sk Sm So Z Zl Zp Zs'.split(
    ' ',
  ),
);

/** Names that RE2 has beside those of categories and scripts, with the name that ECMAScript has. */
const otherNames: ReadonlyMap<string, string> = new Map([
  ['Any', 'Any'],
  ['Ascii', 'ASCII'],
  ['Assigned', 'Assigned'],
  ['Lc', 'LC'],
]);

/** What the classes that are named otherwise have, as RE2 says. All of it is ASCII. */
const asciiClasses: ReadonlyMap<string, string> = new Map([
  ['d', '0-9'],
  ['s', '\\t\\n\\f\\r '],
  ['w', '0-9A-Za-z_'],
  ['alnum', '0-9A-Za-z'],
  ['alpha', 'A-Za-z'],
  ['ascii', '\\0-\\x7f'],
  ['blank', '\\t '],
  ['cntrl', '\\0-\\x1f\\x7f'],
  ['digit', '0-9'],
  ['graph', '!-~'],
  ['lower', 'a-z'],
  ['print', ' -~'],
  ['punct', '!-\\/:-@\\[-`\\{-~'],
  ['space', '\\t-\\r '],
  ['upper', 'A-Z'],
  ['word', '0-9A-Za-z_'],
  ['xdigit', '0-9A-Fa-f'],
]);

/** The classes that were asked for. There are not more than Unicode has categories and scripts, twice. */
const known = new Map<string, RegExp>();

/**
 * A class of characters that Unicode names, such as `L` or `Greek`, for one character at a time. It is the runtime's own: for each, RE2 goes
 * over all of Unicode when it is first named, which takes 20 to 80 ms.
 *
 * @param isFolded - whether the other cases of its characters belong to it too.
 * @returns `undefined` when there is no such class.
 */
export function resolveUnicodeClass(name: string, isFolded: boolean): RegExp | undefined {
  if (!/^\w+$/.test(name)) return undefined;
  const property = categories.has(name) ? name : (otherNames.get(name) ?? `Script=${name}`);
  return resolveClass(`\\p{${property}}`, isFolded);
}

/** A class such as `w`, of `\w`, or `alpha`, of `[:alpha:]`. */
export function resolveAsciiClass(name: string, isFolded: boolean): RegExp | undefined {
  const members = asciiClasses.get(name);
  return members === undefined ? undefined : resolveClass(`[${members}]`, isFolded);
}

function resolveClass(written: string, isFolded: boolean): RegExp | undefined {
  const key = `${written} ${isFolded}`;
  const made = known.get(key) ?? createClass(written, isFolded);
  if (made !== undefined) known.set(key, made);
  return made;
}

function createClass(written: string, isFolded: boolean): RegExp | undefined {
  try {
    return new RegExp(`^${written}$`, isFolded ? 'iu' : 'u');
  } catch {
    return undefined;
  }
}
