import type { Readable } from 'node:stream';
import type { Environment } from '../config/environment.ts';
import { type ArgumentsOf, type FlagSpec, type FlagSpecs, parseArguments } from './arguments.ts';
import type { Output } from './output.ts';

/** Standard input: the part of `process.stdin` that is used. */
export type InputStream = Readable & { readonly isTTY?: boolean | undefined };

/** What a command runs with. */
export interface CommandContext {
  readonly env: Environment;
  readonly output: Output;
  /** Opens standard input. Not called by commands that read nothing. */
  readonly openStdin: () => InputStream;
  /** Aborted when the command is to end at once. */
  readonly signal: AbortSignal;
}

/** How a command is written. */
export interface CommandDefinition<Specs extends FlagSpecs> {
  /** What stands behind `signalbox`, such as `routers get NAME [flags]`. */
  readonly usage: string;
  /** What it does: lines of the help text. */
  readonly description: readonly string[];
  readonly flags: Specs;
  /** @returns what the process ends with. */
  readonly run: (args: ArgumentsOf<Specs>, context: CommandContext) => Promise<number>;
}

/** A command, whatever its flags. */
export interface Command {
  /** What `--help` prints, its last line feed included. */
  createHelpText(): string;
  /**
   * Runs it.
   *
   * @param argv - what stands behind its name.
   * @returns what the process ends with.
   * @throws CliError
   */
  run(argv: readonly string[], context: CommandContext): Promise<number>;
}

const helpFlag = { help: { kind: 'switch', short: 'h', description: 'Print this text and exit.' } } as const;

/** Makes a command. */
export function defineCommand<const Specs extends FlagSpecs>(definition: CommandDefinition<Specs>): Command {
  const { usage, description, flags, run } = definition;
  return {
    createHelpText() {
      const lines = [`Usage: signalbox ${usage}`, '', ...description, '', ...describeFlags({ ...flags, ...helpFlag })];
      return `${lines.join('\n')}\n`;
    },
    run: (argv, context) => run(parseArguments(argv, flags), context),
  };
}

function describeFlags(flags: FlagSpecs): string[] {
  const rows = Object.entries(flags).map(([name, flag]) => [describeFlag(name, flag), flag.description] as const);
  const width = Math.max(...rows.map(([left]) => left.length));
  return rows.map(([left, description]) => `  ${left.padEnd(width)}  ${description}`);
}

function describeFlag(name: string, { short, value, kind }: FlagSpec): string {
  const names = `--${name}${short === undefined ? '' : `, -${short}`}`;
  return `${names}${value === undefined ? '' : ` ${value}`}${kind === 'list' ? ' ...' : ''}`;
}
