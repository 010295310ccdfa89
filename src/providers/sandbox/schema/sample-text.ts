import { samplePattern } from '../pattern/sample-pattern.ts';
import { textUnits } from '../work-budget.ts';
import type { SchemaParts } from './expand-schema.ts';
import type { SchemaContext } from './schema-context.ts';
import { readNumber, readText } from './schema-keywords.ts';
import { sampleFormat } from './text-formats.ts';

const word = 'text';
/** How many texts are proposed beyond the one that was asked for. */
const spareVariants = 4;

/**
 * Texts that may meet the parts, likely ones first. They have to be checked.
 *
 * @throws WorkExhausted
 * @throws Undecidable for a pattern that cannot be read.
 */
export function* proposeTexts(parts: SchemaParts, variant: number, context: SchemaContext): Generator<string> {
  const { budget, limits } = context;
  const minLength = Math.max(0, ...parts.map((part) => readNumber(part, 'minLength') ?? 0));
  const maxLength = Math.min(
    limits.maxTextLength,
    ...parts.map((part) => readNumber(part, 'maxLength') ?? Number.POSITIVE_INFINITY),
  );
  if (minLength > maxLength) {
    return;
  }
  const patterns = parts.flatMap((part) => readText(part, 'pattern') ?? []);
  const formats = parts.flatMap((part) => readText(part, 'format') ?? []);
  for (let number = 0; number <= variant + spareVariants; number++) {
    for (const format of formats) {
      const text = sampleFormat(format, number, minLength);
      if (text !== undefined) {
        budget.spend(textUnits(text));
        yield text;
      }
    }
    for (const pattern of patterns) {
      const node = context.readPattern(pattern);
      for (const rotate of [true, false]) {
        const text = samplePattern(node, { minLength, maxLength, variant: number, rotate }, budget);
        if (text !== undefined) {
          yield text.padEnd(minLength, word);
        }
      }
    }
  }
  for (let number = 0; patterns.length === 0 && number <= variant + spareVariants; number++) {
    budget.spend(1 + (minLength >> 4));
    yield plainText(number, minLength, maxLength);
  }
}

/** `text`, `text1`, `text2`…, drawn out or cut to fit. */
function plainText(number: number, minLength: number, maxLength: number): string {
  const suffix = number === 0 ? '' : String(number);
  const start = word.padEnd(minLength - suffix.length, ` ${word}`);
  return start.slice(0, Math.max(0, maxLength - suffix.length)) + suffix.slice(0, maxLength);
}
