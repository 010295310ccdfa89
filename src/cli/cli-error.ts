import type { FieldViolation } from '../core/errors.ts';
import { exitCodes } from './exit-code.ts';

/** One of the things that are wrong. Its `field` is empty when it is not about one field. */
export interface Fault extends FieldViolation {
  /** What the field belongs to, such as `routers.yaml: my-router`. */
  readonly place?: string | undefined;
}

/** What an error says beside its sentence. */
export interface CliErrorDetails {
  /** What is wrong, one by one, for the lines below the sentence. */
  readonly faults?: readonly Fault[] | undefined;
  /** The server's reason, as in docs/errors.md. `undefined`: the error is not from a server. */
  readonly reason?: string | undefined;
  /** The server's status code, such as `NOT_FOUND`. `undefined`: the error is not from a server. */
  readonly code?: string | undefined;
}

/** What keeps a command from its result, in words for the person who typed it. */
export class CliError extends Error {
  override readonly name = 'CliError';
  /** What the process ends with. */
  readonly exitCode: number;
  readonly faults: readonly Fault[];
  readonly reason: string | undefined;
  readonly code: string | undefined;

  /** @param message - a sentence that says what to do. */
  constructor(exitCode: number, message: string, { faults = [], reason, code }: CliErrorDetails = {}) {
    super(message);
    this.exitCode = exitCode;
    this.faults = faults;
    this.reason = reason;
    this.code = code;
  }
}

/** The error for a command line that is wrong. */
export function createUsageError(message: string): CliError {
  return new CliError(exitCodes.usage, message);
}
