import { exitCodes } from './exit-code.ts';

/** What keeps a command from its result, in words for the person who typed it. */
export class CliError extends Error {
  override readonly name = 'CliError';
  /** What the process ends with. */
  readonly exitCode: number;
  /** What stands below the sentence, a line each: fields at fault with their paths. */
  readonly lines: readonly string[];

  /** @param message - a sentence that says what to do. */
  constructor(exitCode: number, message: string, lines: readonly string[] = []) {
    super(message);
    this.exitCode = exitCode;
    this.lines = lines;
  }
}

/** The error for a command line that is wrong. */
export function createUsageError(message: string): CliError {
  return new CliError(exitCodes.usage, message);
}
