import type { WorkBudget } from '../work-budget.ts';
import type { PatternNode } from './pattern-node.ts';

/** What a sample of a pattern should be like. */
export interface PatternSampleOptions {
  /** As long as this if a repeat allows it, in characters. */
  readonly minLength: number;
  /** Longer samples are given up, in characters. */
  readonly maxLength: number;
  /** Which of the samples: another number takes other options and other characters. */
  readonly variant: number;
  /** Whether each character takes the next one of its class, so that classes of several kinds get one of each. */
  readonly rotate: boolean;
}

/** Characters that most classes hold one of, likely ones first. */
const commonChars = Array.from('abcdefghijklmnopqrstuvwxyz1234567890ABCDEFGHIJKLMNOPQRSTUVWXYZ-_.@/ :+,#é中あЖα\n');
const charsPerClass = 64;
const classUnits = 8;
const lastScannedChar = 0xffff;
const scanUnits = 4_096;

/**
 * Makes a text that follows a pattern's tree. Lookaheads and edges are passed over, so that the caller has to check the sample
 * with `matchPattern`.
 *
 * @returns `undefined` when a class holds no character, or the text gets too long.
 * @throws WorkExhausted
 */
export function samplePattern(
  pattern: PatternNode,
  options: PatternSampleOptions,
  budget: WorkBudget,
): string | undefined {
  const draft: Draft = { options, budget, chars: [] };
  return append(pattern, draft) ? draft.chars.join('') : undefined;
}

interface Draft {
  readonly options: PatternSampleOptions;
  readonly budget: WorkBudget;
  readonly chars: string[];
}

/** @returns whether it could be done. */
function append(node: PatternNode, draft: Draft): boolean {
  draft.budget.spend(1);
  switch (node.kind) {
    case 'class':
      return appendChar(node, draft);
    case 'sequence':
      return node.items.every((item) => append(item, draft));
    case 'choice': {
      const option = node.options[draft.options.variant % node.options.length];
      return option !== undefined && append(option, draft);
    }
    case 'repeat':
      return appendRepeat(node.item, node.min, node.max, draft);
    case 'edge':
    case 'lookahead':
      return true;
  }
}

function appendRepeat(item: PatternNode, min: number, max: number, draft: Draft): boolean {
  const { chars, options } = draft;
  for (let count = 0; count < max && (count < min || chars.length < options.minLength); count++) {
    const lengthBefore = chars.length;
    if (!append(item, draft)) {
      return false;
    }
    if (chars.length === lengthBefore) {
      // The item adds nothing, however often it comes.
      return true;
    }
  }
  return true;
}

function appendChar(node: PatternNode & { kind: 'class' }, draft: Draft): boolean {
  const { chars, options, budget } = draft;
  const choices = listChars(node, budget);
  const char = choices[(options.variant + (options.rotate ? chars.length : 0)) % choices.length];
  if (char === undefined || chars.length >= options.maxLength) {
    return false;
  }
  chars.push(char);
  return true;
}

const listed = new WeakMap<PatternNode, readonly string[]>();

/** Some characters of a class, each of another kind first: a letter, a digit, a capital, a sign. */
function listChars(node: PatternNode & { kind: 'class' }, budget: WorkBudget): readonly string[] {
  const known = listed.get(node);
  if (known !== undefined) {
    return known;
  }
  budget.spend(classUnits);
  const found = commonChars.filter((char) => node.matches(char)).slice(0, charsPerClass);
  if (found.length === 0) {
    budget.spend(scanUnits);
    for (let code = 0; code <= lastScannedChar && found.length < charsPerClass; code++) {
      const char = String.fromCharCode(code);
      if (char.isWellFormed() && node.matches(char)) {
        found.push(char);
      }
    }
  }
  const mixed = mixKinds(found);
  listed.set(node, mixed);
  return mixed;
}

function mixKinds(chars: readonly string[]): readonly string[] {
  const kinds = [/[a-z]/, /[0-9]/, /[A-Z]/, /[^a-zA-Z0-9]/].map((kind) => chars.filter((char) => kind.test(char)));
  const longest = Math.max(...kinds.map((kind) => kind.length));
  return Array.from({ length: longest }, (_, index) => kinds.flatMap((kind) => kind.slice(index, index + 1))).flat();
}
