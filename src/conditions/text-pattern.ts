import { chargeSteps } from './evaluation-budget.ts';
import { inst, PatternMatcher } from './pattern-matcher.ts';
import { readPattern } from './read-pattern.ts';
import { RuneClasses } from './rune-classes.ts';

/** The longest pattern, in characters. */
export const maxPatternChars = 1_000;

/** The largest pattern when its repetitions are written out, in single characters. */
export const maxPatternSize = 1_000;

/** The most runes of a pattern's classes under the flag `i`: a block of ideographs fits. RE2 looks up 10,000 of them in a millisecond. */
export const maxFoldedRunes = 22_000;

/** What compiling costs for each of them, for each Unicode class, and at least. */
const stepsPerPatternSize = 300;
const stepsPerFoldedRune = 25;
const stepsPerUnicodeClass = 20_000;
const stepsPerPattern = 5_000;
const stepsPerReadChar = 20;

/** What working out one transition costs for each instruction looked at, and at least. */
const stepsPerInstruction = 10;
const stepsPerTransition = 40;

/** Characters that are paid for at a time. */
const paidChars = 1_024;

/** What the states of one pattern may take, in cells of eight bytes. They are thrown away when they are more, and made again. */
const maxCells = 32_768;
const cellsPerState = 160;
const cellsPerTransition = 8;

/** What knowing the runes of one page costs, in the same cells. */
const cellsPerPage = 128;

/** What an empty-width instruction can ask of the place between two characters. */
const place = { lineStart: 1, lineEnd: 2, textStart: 4, textEnd: 8, wordBoundary: 16, noWordBoundary: 32 } as const;

/** What kind of character is before a place. `any` where the pattern does not care. */
type Before = 'any' | 'start' | 'newline' | 'word' | 'other';

/** The end of the text, in place of a character. */
const endOfText = -1;

type Transition = State | 'match';

/** Where the automaton is: instructions that wait for the next character, and what was before it. */
interface State {
  readonly threads: readonly number[];
  readonly before: Before;
  /** By the character. */
  readonly ascii: (Transition | undefined)[];
  /** By the kind of character that {@link RuneClasses} says, and for the end of the text. */
  readonly others: Map<number, Transition>;
}

/**
 * A pattern with RE2's syntax and meaning, that is run on a budget.
 *
 * The library parses the pattern and compiles it to a program. The program is run here, as an automaton whose states are made as the text
 * needs them: the library's own runner cannot be stopped, and its states can take gigabytes. Time is linear in the text whatever the
 * pattern; memory is bounded.
 */
export class TextPattern {
  readonly #matcher: PatternMatcher;
  readonly #runeClasses: RuneClasses;
  /** Whether the pattern looks at places, as `^`, `$` and `\b` do. */
  readonly #hasPlaces: boolean;
  readonly #states = new Map<string, State>();
  #cells = 0;

  /** @throws Error with one sentence when the pattern is too large, or RE2 refuses it. */
  constructor(pattern: string) {
    if (pattern.length > maxPatternChars) {
      throw new Error(`the pattern has ${pattern.length} characters, of at most ${maxPatternChars}`);
    }
    chargeSteps(pattern.length * stepsPerReadChar);
    const { source, classes, size, foldedRunes } = readPattern(pattern);
    if (size > maxPatternSize) throw new Error('the pattern is too large: repeat less');
    if (foldedRunes > maxFoldedRunes) {
      throw new Error('the pattern is too large: use smaller ranges of characters where case is ignored');
    }
    chargeSteps(
      stepsPerPattern +
        size * stepsPerPatternSize +
        foldedRunes * stepsPerFoldedRune +
        classes.length * stepsPerUnicodeClass,
    );
    this.#matcher = new PatternMatcher(source, classes);
    this.#runeClasses = new RuneClasses(this.#matcher);
    this.#hasPlaces = this.#matcher.program.inst.some(({ op }) => op === inst.emptyWidth);
  }

  /** Memory in use for what the texts so far have needed, in cells of eight bytes. */
  get cells(): number {
    return this.#cells;
  }

  /** Whether the pattern is found anywhere in the text. */
  test(text: string): boolean {
    let state = this.#state([this.#matcher.program.start], this.#hasPlaces ? 'start' : 'any');
    let paidTo = 0;
    for (let index = 0; index < text.length; ) {
      if (index >= paidTo) {
        chargeSteps(Math.min(paidChars, text.length - index) + 1);
        paidTo = index + paidChars;
      }
      const rune = text.codePointAt(index) ?? endOfText;
      index += rune > 0xffff ? 2 : 1;
      const next =
        rune < 128 ? (state.ascii[rune] ?? this.#transition(state, rune, rune)) : this.#followOther(state, rune);
      if (next === 'match') return true;
      state = next;
    }
    return (state.others.get(endOfText) ?? this.#transition(state, endOfText, endOfText)) === 'match';
  }

  #followOther(state: State, rune: number): Transition {
    const kind = this.#runeClasses.find(rune) ?? this.#addPage(rune);
    return state.others.get(kind) ?? this.#transition(state, rune, kind);
  }

  #addPage(rune: number): number {
    if (this.#cells > maxCells) this.#forget();
    this.#cells += cellsPerPage;
    return this.#runeClasses.addPage(rune);
  }

  #state(threads: readonly number[], before: Before): State {
    const key = `${before} ${threads.join(' ')}`;
    const known = this.#states.get(key);
    if (known !== undefined) return known;
    // The one that is in use stays alive by itself, with those that it leads to, until the text leaves them: new ones never lead there.
    if (this.#cells > maxCells) this.#forget();
    const state: State = { threads, before, ascii: new Array(128), others: new Map() };
    this.#cells += cellsPerState + threads.length * 2;
    this.#states.set(key, state);
    return state;
  }

  #forget(): void {
    this.#states.clear();
    this.#runeClasses.forget();
    this.#cells = 0;
  }

  #transition(state: State, rune: number, kind: number): Transition {
    const visited = this.#follow(state.threads, this.#hasPlaces ? describePlace(state.before, rune) : 0);
    chargeSteps(stepsPerTransition + visited.size * stepsPerInstruction * (1 + this.#matcher.classes.length));
    const next = this.#step(visited, rune);
    // After the state it leads to, which may have cleared the cache that this goes into.
    if (rune >= 0 && rune < 128) {
      state.ascii[rune] = next;
    } else {
      if (this.#cells > maxCells) this.#forget();
      this.#cells += cellsPerTransition;
      state.others.set(kind, next);
    }
    return next;
  }

  #step(visited: ReadonlySet<number>, rune: number): Transition {
    const { program } = this.#matcher;
    const classes = this.#matcher.classesOf(rune);
    const threads = new Set<number>();
    for (const pc of visited) {
      const { op, out } = program.getInst(pc);
      if (op === inst.match) return 'match';
      if (op >= inst.firstRune && rune !== endOfText && this.#matcher.matches(pc, rune, classes)) threads.add(out);
    }
    // A match can begin anywhere.
    threads.add(program.start);
    return this.#state(
      [...threads].sort((a, b) => a - b),
      this.#hasPlaces ? describeBefore(rune) : 'any',
    );
  }

  /** Every instruction that is reached from some without reading a character, at a place. */
  #follow(threads: readonly number[], flags: number): Set<number> {
    const visited = new Set<number>();
    const open = [...threads];
    for (let pc = open.pop(); pc !== undefined; pc = open.pop()) {
      if (visited.has(pc)) continue;
      visited.add(pc);
      const { op, out, arg } = this.#matcher.program.getInst(pc);
      if (op === inst.alt || op === inst.altMatch) open.push(out, arg);
      else if (op === inst.nop || op === inst.capture) open.push(out);
      else if (op === inst.emptyWidth && (arg & ~flags) === 0) open.push(out);
    }
    return visited;
  }
}

function isWordRune(rune: number): boolean {
  return (
    (rune >= 0x61 && rune <= 0x7a) || (rune >= 0x41 && rune <= 0x5a) || (rune >= 0x30 && rune <= 0x39) || rune === 0x5f
  );
}

function describeBefore(rune: number): Before {
  if (rune === 0x0a) return 'newline';
  return isWordRune(rune) ? 'word' : 'other';
}

function describePlace(before: Before, rune: number): number {
  const isEnd = rune === endOfText;
  return (
    (before === 'start' ? place.textStart | place.lineStart : 0) |
    (before === 'newline' ? place.lineStart : 0) |
    (isEnd ? place.textEnd | place.lineEnd : 0) |
    (rune === 0x0a ? place.lineEnd : 0) |
    ((before === 'word') === isWordRune(rune) ? place.noWordBoundary : place.wordBoundary)
  );
}
