import { chargeSteps } from './evaluation-budget.ts';
import type { PatternMatcher } from './pattern-matcher.ts';

/** How many runes are looked up at once, as a power of two. */
const pageBits = 8;
const pageSize = 1 << pageBits;

/** What a page costs to fill, and for each Unicode class of the pattern beside. */
const stepsPerPage = 1_000;
const stepsPerPageAndClass = 3_000;

/** What finding the boundaries costs, for each of them. */
const stepsPerBoundary = 30;

/**
 * Which runes are the same for a pattern. A text has thousands of different ideographs, and a pattern tells a few kinds of them apart: an
 * automaton that knows kinds has worked out all its transitions soon.
 */
export class RuneClasses {
  readonly #matcher: PatternMatcher;
  readonly #pages = new Map<number, Uint32Array>();
  #boundaries: Uint32Array | undefined;

  constructor(matcher: PatternMatcher) {
    this.#matcher = matcher;
  }

  /** The kind of a rune, or `undefined` when {@link addPage} has not been called for it. */
  find(rune: number): number | undefined {
    return this.#pages.get(rune >> pageBits)?.[rune & (pageSize - 1)];
  }

  /** Finds out the kinds of a rune and of those around it. */
  addPage(rune: number): number {
    const { classes } = this.#matcher;
    chargeSteps(stepsPerPage + classes.length * stepsPerPageAndClass);
    const boundaries = this.#findBoundaries();
    const page = new Uint32Array(pageSize);
    const start = rune & ~(pageSize - 1);
    let place = findPlace(boundaries, start);
    for (let index = 0; index < pageSize; index += 1) {
      while ((boundaries[place + 1] ?? Number.POSITIVE_INFINITY) <= start + index) place += 1;
      page[index] = this.#matcher.classesOf(start + index).reduce((kind, has) => kind * 2 + (has ? 1 : 0), place);
    }
    this.#pages.set(rune >> pageBits, page);
    return page[rune & (pageSize - 1)] ?? 0;
  }

  forget(): void {
    this.#pages.clear();
  }

  #findBoundaries(): Uint32Array {
    if (this.#boundaries === undefined) {
      this.#boundaries = this.#matcher.findBoundaries();
      chargeSteps(this.#boundaries.length * stepsPerBoundary);
    }
    return this.#boundaries;
  }
}

/** The last boundary that is not behind a rune. The first is 0. */
function findPlace(boundaries: Uint32Array, rune: number): number {
  let low = 0;
  let high = boundaries.length;
  while (high - low > 1) {
    const middle = (low + high) >> 1;
    if ((boundaries[middle] ?? 0) <= rune) low = middle;
    else high = middle;
  }
  return low;
}
