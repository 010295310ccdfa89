import { resolveAsciiClass, resolveUnicodeClass } from './named-class.ts';
import { decodeRune, maxRune, writeRune } from './pattern-rune.ts';
import { readBracketClass } from './read-bracket-class.ts';

/** The most different Unicode classes of one pattern. */
export const maxPatternClasses = 8;

/** The runes that stand for Unicode classes in what RE2 compiles, from here on: the last ones that are for private use. */
export const firstClassRune = 0x10ff00;

/** A rune that no class has unless it is a negated one: it tells the two apart. */
export const negationRune = maxRune;

/** A Unicode class of a pattern. */
export interface PatternClass {
  readonly members: RegExp;
  /** Whether it is written with `\P`: all that are not members. */
  readonly isNegated: boolean;
}

/** What a pattern asks for, found without compiling it. */
export interface PatternReading {
  /** The pattern with a rune from {@link firstClassRune} on in place of each Unicode class. */
  readonly source: string;
  /** The classes that these runes stand for, in their order. */
  readonly classes: readonly PatternClass[];
  /** How large it becomes when its repetitions are written out, in single characters, of which each makes three instructions at most. */
  readonly size: number;
  /** The runes of its classes under the flag `i`: RE2 looks up the other cases of one after the other. */
  readonly foldedRunes: number;
}

/** Runes that folding `\w` or `[:word:]` looks at. */
const namedClassRunes = 64;

const groupPattern = /\((?:\?(?:P?<[^>]*>|([imsU]*)(-[imsU]+)?([:)])))?/y;
const quotePattern = /\\Q([\s\S]*?)(?:\\E|$)/y;
const repeatPattern = /\{(0|[1-9]\d*)(?:,(0|[1-9]\d*)?)?\}/y;
const unicodePattern = /\\([pP])(?:\{(\^?)([^}]*)\}|([^{]))/uy;
const escapePattern = /\\(?:x\{[0-9a-fA-F]*\}|x[0-9a-fA-F]{2}|[0-7]{1,3}|[\s\S])/uy;

/** Goes over a pattern once, as RE2 parses it. What RE2 refuses is handed on as it is, for RE2 to say why. */
export class PatternReader {
  readonly pattern: string;
  index = 0;
  source = '';
  foldedRunes = 0;
  isFolded = false;
  readonly #classes = new Map<string, PatternClass>();
  readonly #groups: { readonly total: number; readonly isFolded: boolean }[] = [];
  #largestRune = 0;
  /** The size of the group that is open, and of what a repetition would repeat. */
  #total = 1;
  #last = 0;

  constructor(pattern: string) {
    this.pattern = pattern;
  }

  /** @throws Error with one sentence. */
  read(): PatternReading {
    while (this.index < this.pattern.length && this.#readNext());
    // RE2 has refused the pattern where this stopped, and looks at nothing behind it.
    this.source += this.pattern.slice(this.index);
    if (this.#classes.size > 0 && this.#largestRune >= firstClassRune) {
      throw new Error('a pattern with Unicode classes cannot name characters from U+10FF00 on');
    }
    const size = this.#groups.reduce((sum, { total }) => sum + total, this.#total);
    return { source: this.source, classes: [...this.#classes.values()], size, foldedRunes: this.foldedRunes };
  }

  /** What an expression finds at the place where the reader is. */
  match(expression: RegExp): RegExpExecArray | undefined {
    expression.lastIndex = this.index;
    return expression.exec(this.pattern) ?? undefined;
  }

  noteRune(rune: number): void {
    this.#largestRune = Math.max(this.#largestRune, rune);
  }

  /** The rune for the Unicode class that stands here, which is passed. @throws Error when there is none of that name. */
  readUnicodeClass(): string | undefined {
    const found = this.match(unicodePattern);
    if (found === undefined) return undefined;
    const [token, sign, caret, long, short = ''] = found;
    const name = long ?? short;
    const isNegated = (sign === 'P') !== (caret === '^');
    const members = resolveUnicodeClass(name, this.isFolded);
    if (members === undefined) throw new Error(`invalid character class range: \`${token}\``);
    this.index += token.length;
    return this.#replaceClass(name, { members, isNegated });
  }

  /**
   * The rune for a negated class such as `\W` or `[:^alpha:]`, that stands beside a Unicode class in brackets. What it has would hold the
   * runes that stand for classes too.
   */
  replaceNamedClass(token: string): string {
    const name = /^\[:\^(\w+):\]$/.exec(token)?.[1] ?? /^\\([DSW])$/.exec(token)?.[1]?.toLowerCase() ?? '';
    const members = resolveAsciiClass(name, this.isFolded);
    return members === undefined ? token : this.#replaceClass(`:${name}`, { members, isNegated: true });
  }

  #replaceClass(name: string, found: PatternClass): string {
    const key = `${name} ${found.isNegated} ${this.isFolded}`;
    this.#classes.set(key, found);
    if (this.#classes.size > maxPatternClasses) {
      throw new Error(`the pattern has more than ${maxPatternClasses} different Unicode classes`);
    }
    return writeRune(firstClassRune + [...this.#classes.keys()].indexOf(key));
  }

  /** A class such as `\w`, that is passed. */
  readNamedClass(): string | undefined {
    const token = this.match(/\\[dDsSwW]/y)?.[0] ?? this.match(/\[:[\s\S]*?:\]/y)?.[0];
    if (token === undefined) return undefined;
    if (this.isFolded) this.foldedRunes += namedClassRunes;
    this.index += token.length;
    return token;
  }

  /** A rune, written plainly or as an escape, that is passed. */
  readRune(): { readonly token: string; readonly rune: number | undefined } | undefined {
    const sign = String.fromCodePoint(this.pattern.codePointAt(this.index) ?? 0);
    const token = sign === '\\' ? this.match(escapePattern)?.[0] : sign;
    if (token === undefined) return undefined;
    this.index += token.length;
    const rune = decodeRune(token);
    if (rune !== undefined) this.noteRune(rune);
    return { token, rune };
  }

  #add(source: string, size: number): true {
    this.source += source;
    this.#total += size;
    this.#last = size;
    return true;
  }

  /** Reads one part. False where RE2 refuses the pattern. */
  #readNext(): boolean {
    const sign = this.pattern[this.index] ?? '';
    switch (sign) {
      case '(':
        return this.#openGroup();
      case ')':
        return this.#closeGroup();
      case '*':
      case '+':
      case '?':
        this.#last += 1;
        this.#total += 1;
        this.source += sign;
        this.index += 1;
        return true;
      case '{':
        return this.#repeat();
      case '[':
        return readBracketClass(this, (source) => this.#add(source, 1));
      default:
        return sign === '\\' ? this.#readEscape() : this.#readLiteral();
    }
  }

  #readLiteral(): boolean {
    const read = this.readRune();
    return read !== undefined && this.#add(read.token, 1);
  }

  #readEscape(): boolean {
    const quote = this.match(quotePattern);
    if (quote !== undefined) {
      const [token, text = ''] = quote;
      for (const char of text) this.noteRune(char.codePointAt(0) ?? 0);
      this.index += token.length;
      this.source += token;
      // Of a text, the last character is what a repetition repeats; of none, what stands before.
      this.#total += text.length;
      if (text !== '') this.#last = 1;
      return true;
    }
    const unicode = this.readUnicodeClass();
    // In brackets of its own, or RE2 would make one class of it and its neighbours.
    if (unicode !== undefined) return this.#add(`(${unicode})`, 1);
    const named = this.readNamedClass();
    return named === undefined ? this.#readLiteral() : this.#add(named, 1);
  }

  #openGroup(): boolean {
    const found = this.match(groupPattern);
    const [token = '', on, off = '', end] = found ?? [];
    if (found === undefined || (token === '(' && this.pattern[this.index + 1] === '?')) return false;
    this.index += token.length;
    this.source += token;
    const isFolded = (this.isFolded || (on?.includes('i') ?? false)) && !off.includes('i');
    // Flags for the rest of the group around are no group, and what stands before them is what a repetition behind them repeats.
    if (end !== ')') {
      this.#groups.push({ total: this.#total, isFolded: this.isFolded });
      this.#total = 1;
      this.#last = 0;
    }
    this.isFolded = isFolded;
    return true;
  }

  #closeGroup(): boolean {
    const group = this.#groups.pop();
    if (group === undefined) return false;
    this.isFolded = group.isFolded;
    this.#last = this.#total + 1;
    this.#total = group.total + this.#last;
    this.source += ')';
    this.index += 1;
    return true;
  }

  #repeat(): boolean {
    const found = this.match(repeatPattern);
    if (found === undefined) return this.#readLiteral();
    const [token, min, max] = found;
    const times = Math.max(1, Number(min), Number(max ?? 0));
    this.#total += this.#last * (times - 1);
    this.#last *= times;
    this.source += token;
    this.index += token.length;
    return true;
  }
}

/**
 * Reads a pattern before it is compiled. `(\pL{99}){9}` is twelve characters and becomes a thousand; `(?i)[B-\x{1e942}]` is seventeen, and
 * RE2 looks up the cases of 125,000.
 *
 * @throws Error with one sentence, when it has a Unicode class that there is not, or too many.
 */
export function readPattern(pattern: string): PatternReading {
  return new PatternReader(pattern).read();
}
