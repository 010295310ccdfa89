import { parseArgs } from 'node:util';
import { didYouMean, suggest } from '../core/suggest.ts';
import { ConfigError } from './config-error.ts';
import { showName } from './show-name.ts';

/** One flag of the command line. */
export interface Flag {
  readonly name: string;
  readonly short?: string;
  /** What stands after the flag. `undefined`: nothing. */
  readonly value?: string;
  /** A sentence. */
  readonly description: string;
}

/** Every flag, in the order of the help text. */
export const flags = [
  { name: 'config', value: 'FILE', description: 'Read this configuration file.' },
  { name: 'host', value: 'ADDRESS', description: 'Listen on this address, in place of server.host.' },
  { name: 'port', value: 'NUMBER', description: 'Listen on this port, in place of server.port. 0 takes any free one.' },
  { name: 'check', description: 'Check the configuration, print it with secrets masked, and exit.' },
  { name: 'help', short: 'h', description: 'Print this text and exit.' },
  { name: 'version', short: 'v', description: 'Print the version and exit.' },
] as const satisfies readonly Flag[];

/** The commands that call a server, or work on its store, for the help text. Each takes flags of its own. */
export const commands = [
  { name: 'routers', description: 'List, get, apply and delete saved routers.' },
  { name: 'models', description: 'List the catalogue of models, and get one.' },
  { name: 'explain', description: 'Tell how a request would be routed, without sending it.' },
  { name: 'chat', description: 'Ask a model, and print its answer as it comes.' },
  { name: 'catalog', description: 'Sync models, prices and scores from public sources into the store.' },
] as const;

/** What the command line says. */
export interface CommandLine {
  /** What to do. `help` goes before `version`, `version` before `check`. */
  readonly action: 'serve' | 'check' | 'help' | 'version';
  /** `--config`, as written. */
  readonly configFile: string | undefined;
  /** `--host`, as written. */
  readonly host: string | undefined;
  /** `--port`, as written. */
  readonly port: string | undefined;
}

/**
 * Parses the command line.
 *
 * @param argv - the arguments without the program: `process.argv.slice(2)`.
 * @throws ConfigError with every problem.
 */
export function parseCommandLine(argv: readonly string[]): CommandLine {
  const { values, tokens, positionals } = parseArgs({
    args: [...argv],
    options: {
      config: { type: 'string' },
      host: { type: 'string' },
      port: { type: 'string' },
      check: { type: 'boolean' },
      help: { type: 'boolean', short: 'h' },
      version: { type: 'boolean', short: 'v' },
    },
    // Strict parsing stops at the first problem and names no suggestion.
    strict: false,
    allowPositionals: true,
    tokens: true,
  });
  const problems = [
    ...tokens.flatMap((token) => (token.kind === 'option' ? findFlagProblem(token) : [])),
    ...positionals.map((text) => `The argument ${showName(text)} belongs to no flag. Run with --help for the flags.`),
  ];
  if (problems.length > 0) throw new ConfigError(problems);
  const text = (name: 'config' | 'host' | 'port'): string | undefined => {
    const value = values[name];
    return typeof value === 'string' ? value : undefined;
  };
  return {
    action: values.help ? 'help' : values.version ? 'version' : values.check ? 'check' : 'serve',
    configFile: text('config'),
    host: text('host'),
    port: text('port'),
  };
}

/** An option of the command line as `parseArgs` sees it. */
interface OptionToken {
  readonly name: string;
  readonly rawName: string;
  readonly value: string | undefined;
  readonly inlineValue: boolean | undefined;
}

function findFlagProblem({ name, rawName, value, inlineValue }: OptionToken): string[] {
  const known: readonly Flag[] = flags;
  const flag = known.find((candidate) => candidate.name === name);
  if (flag === undefined) {
    const names = known.map((candidate) => candidate.name);
    const near = suggest(name, names);
    const hint = near === undefined ? ' Run with --help for the flags.' : didYouMean(`--${near}`);
    return [`The flag ${showName(rawName)} is not known.${hint}`];
  }
  if (flag.value === undefined) {
    return value === undefined ? [] : [`The flag ${rawName} takes no value. Leave out what follows the equals sign.`];
  }
  // "--config --check" is a forgotten file rather than a file named --check, which "--config=--check" still names.
  if (value === undefined || value === '' || (value.startsWith('-') && inlineValue !== true)) {
    return [`The flag ${rawName} needs a value: ${rawName} ${flag.value}.`];
  }
  return [];
}

/** The text that `--help` prints, its last line feed included. */
export function createHelpText(): string {
  const rows = flags.map((flag: Flag) => {
    const short = flag.short === undefined ? '' : `, -${flag.short}`;
    const value = flag.value === undefined ? '' : ` ${flag.value}`;
    return [`--${flag.name}${short}${value}`, flag.description] as const;
  });
  const width = Math.max(...rows.map(([left]) => left.length));
  const commandWidth = Math.max(...commands.map(({ name }) => name.length));
  return [
    'Usage: signalbox [flags]',
    '       signalbox COMMAND [flags]',
    '',
    'Without a command, and with serve, it is the server. These commands call one, and catalog works on its store;',
    'each has a --help of its own:',
    '',
    ...commands.map(({ name, description }) => `  ${name.padEnd(commandWidth)}  ${description}`),
    '',
    'Flags of the server:',
    '',
    ...rows.map(([left, description]) => `  ${left.padEnd(width)}  ${description}`),
    '',
    'Without --config the file is the one that SIGNALBOX_CONFIG names, else ./signalbox.yaml if it is there.',
    'Every key of the file is in docs/configuration.md.',
    '',
  ].join('\n');
}
