import { parseCommandLine } from './command-line.ts';
import { type Config, createConfig } from './config.ts';
import { ConfigError } from './config-error.ts';
import { type ConfigFile, type ConfigFilePlace, readConfigFile } from './config-file.ts';
import type { ConfigSources } from './config-sources.ts';
import { describeIssue } from './describe-issue.ts';
import { apiKeyVariable, readVariable } from './environment.ts';
import { createFileSchema, type FileConfig } from './file-schema.ts';
import { listKeys } from './list-keys.ts';
import { readApiKey, readOverrides } from './overrides.ts';
import { showPath } from './show-name.ts';

/** Most problems of a file's values that are told at once. */
const maxProblems = 50;

/** Where the configuration comes from. Nothing else is read. */
export interface LoadConfigOptions extends Omit<ConfigSources, 'baseFolder' | 'locate'> {
  /** The arguments without the program: `process.argv.slice(2)`. */
  readonly argv: readonly string[];
  /** The working directory, absolute. */
  readonly cwd: string;
}

/** What the program was started for. */
export type Launch =
  | { readonly action: 'help' | 'version' }
  | {
      readonly action: 'serve' | 'check';
      readonly config: Config;
      /** The file that was read. `undefined`: none. */
      readonly configFile: ConfigFilePlace | undefined;
    };

/**
 * Makes one configuration of the command line, the environment and the configuration file.
 *
 * The file is the one that `--config` names, else SIGNALBOX_CONFIG, else signalbox.yaml in the working directory if it is
 * there. For the address to listen on, `--host` and `--port` go before HOST and PORT, and these before the file.
 *
 * @throws ConfigError with every problem that was found.
 */
export function loadConfig({ argv, cwd, ...sources }: LoadConfigOptions): Launch {
  const commandLine = parseCommandLine(argv);
  const { action } = commandLine;
  if (action === 'help' || action === 'version') return { action };

  const problems: string[] = [];
  const overrides = collectProblems(problems, () => readOverrides(commandLine, sources.env));
  const apiKey = collectProblems(problems, () => readApiKey(sources.env));
  const file = collectProblems(problems, () =>
    readConfigFile(pickFile(commandLine.configFile, sources.env), cwd, sources.readFile),
  );
  const values =
    file &&
    collectProblems(problems, () => validate(file, { ...sources, baseFolder: file.folder, locate: file.locate }));
  if (values !== undefined && apiKey !== undefined && values.keys.some(({ id }) => id === apiKey.id)) {
    problems.push(`${apiKeyVariable}: A key of the configuration file has the same id. Give one of them another.`);
  }
  if (problems.length > 0 || values === undefined) throw new ConfigError(problems);

  const config = createConfig({
    ...values,
    server: {
      ...values.server,
      host: overrides?.host ?? values.server.host,
      port: overrides?.port ?? values.server.port,
    },
    keys: apiKey === undefined ? values.keys : [...values.keys, apiKey],
  });
  return { action, config, configFile: file?.place };
}

/** Runs a step, and adds to `problems` what keeps it from a result, so that the next steps still find theirs. */
function collectProblems<Result>(problems: string[], run: () => Result): Result | undefined {
  try {
    return run();
  } catch (thrown) {
    if (!(thrown instanceof ConfigError)) throw thrown;
    problems.push(...thrown.problems);
    return undefined;
  }
}

function pickFile(flag: string | undefined, env: ConfigSources['env']): { name: string; source: string } | undefined {
  if (flag !== undefined) return { name: flag, source: '--config' };
  const name = readVariable(env, 'SIGNALBOX_CONFIG');
  return name === undefined ? undefined : { name, source: 'SIGNALBOX_CONFIG' };
}

/** @throws ConfigError with every problem of the file's values. */
function validate(file: ConfigFile, sources: ConfigSources): FileConfig {
  const schema = createFileSchema(sources);
  const result = schema.safeParse(file.value ?? {}, { reportInput: true });
  if (result.success) return result.data;
  const keys = listKeys(schema);
  const found = result.error.issues.flatMap((issue) => describeIssue(issue, keys));
  const shown = found.slice(0, maxProblems).map(({ path, text }) => {
    const parts = [file.locate(path), showPath(path), text];
    return parts.filter((part) => part !== '').join(': ');
  });
  const more = found.length - shown.length;
  throw new ConfigError(more > 0 ? [...shown, `There are ${more} more problems of this kind.`] : shown);
}
