import { parseArgs } from 'node:util';
import { showName } from '../config/show-name.ts';
import { didYouMean, suggest } from '../core/suggest.ts';
import { createUsageError } from './cli-error.ts';

/** One flag of a command. */
export interface FlagSpec {
  /** `switch`: it takes no value. `text`: one value. `list`: it may be repeated, each with a value. */
  readonly kind: 'switch' | 'text' | 'list';
  /** One letter. */
  readonly short?: string;
  /** What stands after the flag, for the help text. */
  readonly value?: string;
  /** Sentences, for the help text. */
  readonly description: string;
}

/** The flags of a command, by name. */
export type FlagSpecs = Readonly<Record<string, FlagSpec>>;

type NamesOf<Specs extends FlagSpecs, Kind extends FlagSpec['kind']> = {
  [Name in keyof Specs & string]: Specs[Name]['kind'] extends Kind ? Name : never;
}[keyof Specs & string];

/** The arguments of a command that has these flags, and maybe more. */
export type ArgumentsOf<Specs extends FlagSpecs> = Arguments<
  NamesOf<Specs, 'switch'>,
  NamesOf<Specs, 'text'>,
  NamesOf<Specs, 'list'>
>;

/** The arguments of a command, by the names of its flags. */
export class Arguments<Switch extends string, Text extends string, List extends string> {
  /** What belongs to no flag. */
  readonly positionals: readonly string[];
  readonly #values: ReadonlyMap<string, readonly string[]>;

  /** @param values - the values of each flag that is given; of a switch, none. */
  constructor(positionals: readonly string[], values: ReadonlyMap<string, readonly string[]>) {
    this.positionals = positionals;
    this.#values = values;
  }

  /** Whether a switch is set. */
  isSet(name: Switch): boolean {
    return this.#values.has(name);
  }

  /** The value of a flag, or `undefined` when it is not given. */
  text(name: Text): string | undefined {
    return this.#values.get(name)?.[0];
  }

  /** The values of a flag that may be repeated. */
  list(name: List): readonly string[] {
    return this.#values.get(name) ?? [];
  }
}

/**
 * Parses the arguments behind a command.
 *
 * @throws CliError for the first that is wrong.
 */
export function parseArguments<Specs extends FlagSpecs>(argv: readonly string[], specs: Specs): ArgumentsOf<Specs> {
  const { tokens, positionals } = parseArgs({
    args: [...argv],
    options: Object.fromEntries(Object.entries(specs).map(([name, spec]) => [name, createOption(spec)])),
    // Strict parsing names no suggestion.
    strict: false,
    allowPositionals: true,
    tokens: true,
  });
  const values = new Map<string, string[]>();
  for (const token of tokens) {
    if (token.kind !== 'option') continue;
    const spec = Object.hasOwn(specs, token.name) ? specs[token.name] : undefined;
    if (spec === undefined) throw createUnknownFlagError(token.rawName, token.name, Object.keys(specs));
    const given = values.get(token.name) ?? [];
    if (spec.kind === 'text' && given.length > 0) throw createUsageError(`The flag ${token.rawName} is given twice.`);
    values.set(token.name, [...given, ...readValue(token, spec)]);
  }
  return new Arguments(positionals, values);
}

function createOption(spec: FlagSpec): { type: 'boolean' | 'string'; multiple: boolean; short?: string } {
  const type = spec.kind === 'switch' ? 'boolean' : 'string';
  return { type, multiple: true, ...(spec.short === undefined ? {} : { short: spec.short }) };
}

/** An option of the command line as `parseArgs` sees it. */
interface OptionToken {
  readonly rawName: string;
  readonly value: string | undefined;
  readonly inlineValue: boolean | undefined;
}

function readValue({ rawName, value, inlineValue }: OptionToken, spec: FlagSpec): string[] {
  if (spec.kind === 'switch') {
    if (value === undefined) return [];
    throw createUsageError(`The flag ${rawName} takes no value. Leave out what follows the equals sign.`);
  }
  // "--user --json" is a forgotten value. "-" is standard input.
  const isFlag = value?.startsWith('-') === true && value !== '-' && inlineValue !== true;
  if (value === undefined || isFlag) {
    const hint = isFlag ? ` For a value that begins with a dash write ${rawName}=VALUE.` : '';
    throw createUsageError(`The flag ${rawName} needs a value: ${rawName} ${spec.value ?? 'VALUE'}.${hint}`);
  }
  return [value];
}

function createUnknownFlagError(rawName: string, name: string, known: readonly string[]): Error {
  const near = suggest(name, known);
  const hint = near === undefined ? ' Run with --help for the flags.' : didYouMean(`--${near}`);
  return createUsageError(`The flag ${showName(rawName)} is not known here.${hint}`);
}
