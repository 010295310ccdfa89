import { escapeControls } from '../config/show-name.ts';
import type { JsonObject } from '../core/json.ts';
import { CliError } from './cli-error.ts';
import { exitCodes } from './exit-code.ts';

/** Where a process writes: the part of `process.stdout` that is used. */
export interface OutputStream {
  readonly isTTY?: boolean | undefined;
  write(text: string, callback: (problem?: Error | null) => void): unknown;
  on(event: 'error', listener: (problem: Error) => void): unknown;
}

/** What output depends on. */
export interface OutputOptions {
  readonly stdout: OutputStream;
  readonly stderr: OutputStream;
  /** Whether colours are allowed where there is a terminal. */
  readonly allowColors: boolean;
}

/**
 * What a command prints: results on standard output, all else on standard error.
 *
 * A reader that leaves (`| head`) is no error: what follows is dropped, and a command that is doing something for the server's sake
 * goes on to its end.
 */
export class Output {
  readonly #stdout: OutputStream;
  readonly #stderr: OutputStream;
  readonly #allowColors: boolean;
  #isClosed = false;
  #lastLineIsOpen = false;

  constructor({ stdout, stderr, allowColors }: OutputOptions) {
    this.#stdout = stdout;
    this.#stderr = stderr;
    this.#allowColors = allowColors;
    // The callbacks of write tell what went wrong; without a listener Node ends the process as well.
    stdout.on('error', () => {});
    stderr.on('error', () => {});
  }

  /** Whether standard output is a terminal. */
  get isTerminal(): boolean {
    return this.#stdout.isTTY === true;
  }

  /** Whether standard error is a terminal. */
  get hasErrorTerminal(): boolean {
    return this.#stderr.isTTY === true;
  }

  /** Whether nobody reads standard output any more. */
  get isClosed(): boolean {
    return this.#isClosed;
  }

  /**
   * Writes a result as it is.
   *
   * @throws CliError when it cannot be written, such as on a full disk.
   */
  async print(text: string): Promise<void> {
    if (this.#isClosed || text === '') return;
    const problem = await write(this.#stdout, text);
    this.#lastLineIsOpen = !text.endsWith('\n');
    if (problem === undefined) return;
    if (readCode(problem) !== 'EPIPE') {
      throw new CliError(exitCodes.failed, `The result cannot be written: ${readCode(problem) ?? 'output failed'}.`);
    }
    this.#isClosed = true;
  }

  /** Writes one result as indented JSON. */
  async printJson(value: unknown): Promise<void> {
    await this.print(`${JSON.stringify(value, undefined, 2)}\n`);
  }

  /** Writes text of a model or a user: on a terminal without what would steer the terminal. */
  async printText(text: string): Promise<void> {
    await this.print(this.isTerminal ? escapeText(text) : text);
  }

  /** Ends the last line of standard output if it is open. */
  async endLine(): Promise<void> {
    if (this.#lastLineIsOpen) await this.print('\n');
  }

  /** Writes a line on standard error. Nothing is to be done when that fails. */
  async note(line: string): Promise<void> {
    await write(this.#stderr, `${escapeText(line)}\n`);
  }

  /** Writes JSON as a line on standard error. What would steer a terminal is escaped as JSON has it. */
  async noteJson(value: JsonObject): Promise<void> {
    await write(this.#stderr, `${JSON.stringify(value).replaceAll(/\p{Cc}/gu, escapeInJson)}\n`);
  }

  /** Writes a line on standard error, dimmed where there are colours. */
  async noteDimmed(line: string): Promise<void> {
    await write(this.#stderr, `${this.#dim(escapeText(line))}\n`);
  }

  /** Writes text on standard error, dimmed where there are colours. Does not end the line. */
  async noteText(text: string): Promise<void> {
    await write(this.#stderr, this.#dim(escapeText(text)));
  }

  #dim(text: string): string {
    return this.#allowColors && this.hasErrorTerminal ? `\u001b[2m${text}\u001b[22m` : text;
  }
}

/** Text with the control characters shown that would move the cursor or change colours. Line feeds and tabs stay. */
function escapeText(text: string): string {
  return text.replaceAll(/(?![\n\t])\p{Cc}+/gu, escapeControls);
}

/** The control characters that JSON.stringify leaves as they are: U+007F to U+009F. */
function escapeInJson(character: string): string {
  return `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`;
}

function write(stream: OutputStream, text: string): Promise<Error | undefined> {
  return new Promise((resolve) => {
    stream.write(text, (problem) => resolve(problem ?? undefined));
  });
}

function readCode(problem: Error): string | undefined {
  return 'code' in problem && typeof problem.code === 'string' ? problem.code : undefined;
}
