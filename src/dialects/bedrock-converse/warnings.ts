import { createError, type SignalboxError } from '../../core/errors.ts';

/** How many fields a warning names, and how many characters of each: names are the client's. */
const maxNamedFields = 10;
const maxNamedChars = 100;

/** What was left out of one request, one sentence each. */
export class Warnings {
  readonly #sentences = new Set<string>();

  /** Adds a sentence, once. */
  add(sentence: string): void {
    this.#sentences.add(sentence);
  }

  /** Says that fields were left out, and why: the end of a sentence, without a full stop. */
  leaveOut(fields: readonly string[], reason: string): void {
    if (fields.length === 0) return;
    const named = fields.slice(0, maxNamedFields).map((field) => field.slice(0, maxNamedChars));
    const others = fields.length - named.length;
    this.add(`Left out, since ${reason}: ${named.join(', ')}${others > 0 ? `, and ${others} more` : ''}.`);
  }

  list(): string[] {
    return [...this.#sentences];
  }
}

/**
 * The error for what Bedrock cannot do and what cannot be left out without changing what the request means.
 *
 * @param field - where it stands in the request.
 * @param problem - a sentence that says what to do.
 */
export function createRefusal(field: string, problem: string): SignalboxError {
  return createError('PROVIDER_REFUSED', { problem }, { httpStatus: 400, code: 'unsupported_value', param: field });
}
