import { RE2JS } from '@bufbuild/re2';
import { firstClassRune, negationRune, type PatternClass } from './read-pattern.ts';

/** Instruction codes of the library's programs. */
export const inst = { alt: 1, altMatch: 2, capture: 3, emptyWidth: 4, match: 6, nop: 7, firstRune: 8 } as const;

/** What an instruction's argument says when its only rune stands for the other cases too. */
const foldCase = 1;

/** A pattern as the library compiles it. */
export type Program = ReturnType<RE2JS['re2']>['prog'];

/** Which runes the instructions of a program take, those of Unicode classes included. */
export class PatternMatcher {
  readonly program: Program;
  readonly classes: readonly PatternClass[];

  /** @throws Error when RE2 refuses the pattern. */
  constructor(source: string, classes: readonly PatternClass[]) {
    this.program = RE2JS.compile(source).re2().prog;
    this.classes = classes;
  }

  /** For each Unicode class of the pattern whether it has a rune. */
  classesOf(rune: number): boolean[] {
    const text = rune < 0 ? '' : String.fromCodePoint(rune);
    return this.classes.map(({ members, isNegated }) => text !== '' && members.test(text) !== isNegated);
  }

  /** Whether an instruction takes a rune, with what {@link classesOf} says of it. */
  matches(pc: number, rune: number, classes: readonly boolean[]): boolean {
    const instruction = this.program.getInst(pc);
    if (this.classes.length === 0) return instruction.matchRune(rune);
    // The runes that stand for classes are like any other rune that the pattern does not name.
    const isTaken = instruction.matchRune(rune >= firstClassRune ? negationRune : rune);
    // A negated class lacks the classes that it was written with; any other has them.
    return instruction.matchRune(negationRune)
      ? isTaken && !classes.some((has, index) => has && !instruction.matchRune(firstClassRune + index))
      : isTaken || classes.some((has, index) => has && instruction.matchRune(firstClassRune + index));
  }

  /**
   * Runes between which the instructions make no difference, but for Unicode classes: each begins a range that ends before the next.
   * Sorted, from 0.
   */
  findBoundaries(): Uint32Array {
    const starts = new Set([0]);
    const add = (low: number, high: number): void => {
      starts.add(low).add(high + 1);
    };
    const folded = new Set<number>();
    // Repetitions share the runes of what they repeat.
    const seen = new Set<readonly number[]>();
    for (const { op, arg, runes } of this.program.inst) {
      if (op < inst.firstRune || seen.has(runes)) continue;
      seen.add(runes);
      if (runes.length === 1) {
        add(runes[0] ?? 0, runes[0] ?? 0);
        if ((arg & foldCase) !== 0) folded.add(runes[0] ?? 0);
      }
      for (let index = 0; index + 1 < runes.length; index += 2) add(runes[index] ?? 0, runes[index + 1] ?? 0);
    }
    for (const rune of listCases(folded)) add(rune, rune);
    return Uint32Array.from(starts).sort();
  }
}

/** All cases of some runes, as the library has them: those of a class are its ranges. */
function listCases(runes: ReadonlySet<number>): number[] {
  if (runes.size === 0) return [];
  const written = [...runes].map((rune) => `\\x{${rune.toString(16)}}`).join('');
  // With a rune that has no cases the class stays one.
  const { prog } = RE2JS.compile(`(?i)[\\x00${written}]`).re2();
  const ranges = prog.inst.find(({ op, runes: { length } }) => op >= inst.firstRune && length > 1)?.runes ?? [];
  const cases: number[] = [];
  for (let index = 0; index + 1 < ranges.length; index += 2) {
    for (let rune = ranges[index] ?? 0; rune <= (ranges[index + 1] ?? 0); rune += 1) cases.push(rune);
  }
  return cases;
}
