import type { Environment } from '../config/environment.ts';
import { showName } from '../config/show-name.ts';
import { didYouMean, suggest } from '../core/suggest.ts';
import { CliError, createUsageError } from './cli-error.ts';
import type { CommandContext, InputStream } from './command.ts';
import { type CommandEntry, commandList } from './command-list.ts';
import { describeCliError, encodeCliError } from './describe-cli-error.ts';
import { type EndSignal, exitCodes, signalExitCodes } from './exit-code.ts';
import { Output, type OutputStream } from './output.ts';

/** The process, or a test's stand-in for it. */
export interface CliProcess {
  /** The arguments without the program: `process.argv.slice(2)`. */
  readonly argv: readonly string[];
  readonly env: Environment;
  readonly stdout: OutputStream;
  readonly stderr: OutputStream;
  readonly openStdin: () => InputStream;
  /** Where signals come from. */
  readonly signals: SignalSource;
}

/** The part of a process that signals come from. */
export interface SignalSource {
  once(signal: EndSignal, listener: (signal: EndSignal) => void): unknown;
  off(signal: EndSignal, listener: (signal: EndSignal) => void): unknown;
}

/**
 * Runs a command.
 *
 * @returns what the process is to end with. All output has been written by then.
 */
export async function runCli({ argv, env, stdout, stderr, openStdin, signals }: CliProcess): Promise<number> {
  const output = new Output({ stdout, stderr, allowColors: !env['NO_COLOR'] && env['TERM'] !== 'dumb' });
  const stop = new AbortController();
  let endSignal: EndSignal | undefined;
  // Once: the second Ctrl-C does what it does without us, which is to end the process at once.
  const onSignal = (signal: EndSignal): void => {
    endSignal = signal;
    stop.abort(signal);
  };
  signals.once('SIGINT', onSignal);
  signals.once('SIGTERM', onSignal);
  try {
    return await runCommand(argv, { env, output, openStdin, signal: stop.signal });
  } catch (thrown) {
    await output.endLine().catch(() => {});
    const error = endSignal === undefined ? thrown : createInterruption(endSignal, thrown);
    if (!(error instanceof CliError)) throw error;
    if (asksForJson(argv)) await output.noteJson(encodeCliError(error));
    else await output.note(describeCliError(error));
    return error.exitCode;
  } finally {
    signals.off('SIGINT', onSignal);
    signals.off('SIGTERM', onSignal);
  }
}

/** The error for a command that a signal ended: what it says of the state that it left behind is told. */
function createInterruption(signal: EndSignal, thrown: unknown): CliError {
  const faults = thrown instanceof CliError ? thrown.faults : [];
  return new CliError(signalExitCodes[signal], 'Interrupted.', { faults });
}

async function runCommand(argv: readonly string[], context: CommandContext): Promise<number> {
  // `help routers get` is `routers get --help`.
  const words = argv[0] === 'help' ? [...argv.slice(1), '--help'] : argv;
  const entry = commandList.find(({ words: name }) => name.every((word, index) => words[index] === word));
  if (entry === undefined) return await runGroup(words, context);
  const command = await entry.load();
  const rest = words.slice(entry.words.length);
  if (asksForHelp(rest)) {
    await context.output.print(command.createHelpText());
    return exitCodes.done;
  }
  return await command.run(rest, context);
}

/** `signalbox routers` by itself, or words that are no command. */
async function runGroup(words: readonly string[], { output }: CommandContext): Promise<number> {
  const [first = '', second] = words;
  const isFlag = (word: string): boolean => word.startsWith('-');
  const group = commandList.filter((entry) => entry.words.length > 1 && entry.words[0] === first);
  if (group.length > 0 && (second === undefined || isFlag(second))) {
    if (asksForHelp(words)) {
      await output.print(createGroupHelp(first, group));
      return exitCodes.done;
    }
    throw createUsageError(`Say what to do with ${first}: ${group.map((entry) => entry.words[1]).join(', ')}.`);
  }
  if (first === '' || isFlag(first)) {
    await output.print(createGroupHelp(undefined, commandList));
    return exitCodes.done;
  }
  const isInGroup = group.length > 0 && second !== undefined;
  const known = isInGroup
    ? group.map((entry) => entry.words[1] ?? '')
    : commandList.map((entry) => entry.words[0] ?? '');
  const near = suggest(isInGroup ? second : first, [...new Set(isInGroup ? known : [...known, 'serve'])]);
  const hint =
    near === undefined ? ' Run signalbox --help for the commands.' : didYouMean(isInGroup ? `${first} ${near}` : near);
  throw createUsageError(`The command ${showName(isInGroup ? `${first} ${second}` : first)} is not known.${hint}`);
}

function asksForHelp(words: readonly string[]): boolean {
  return listFlags(words).some((word) => word === '--help' || word === '-h');
}

/** Whether errors are to be JSON: also those of a command line that is wrong, which no command has read. */
function asksForJson(words: readonly string[]): boolean {
  return listFlags(words).includes('--json');
}

/** The words before `--`, behind which there are no flags. */
function listFlags(words: readonly string[]): readonly string[] {
  const end = words.indexOf('--');
  return end === -1 ? words : words.slice(0, end);
}

function createGroupHelp(group: string | undefined, entries: readonly CommandEntry[]): string {
  const rows = entries.map(({ words, summary }) => [words.join(' '), summary] as const);
  const width = Math.max(...rows.map(([left]) => left.length));
  return [
    `Usage: signalbox ${group === undefined ? '' : `${group} `}COMMAND [flags]`,
    '',
    ...rows.map(([left, summary]) => `  ${left.padEnd(width)}  ${summary}`),
    '',
    'Each command has a --help of its own. signalbox --help is about the server.',
    '',
  ].join('\n');
}
