import type { Config } from '../config/config.ts';
import { ConfigError } from '../config/config-error.ts';
import { loadConfig } from '../config/load-config.ts';
import { readBoundedFile } from '../config/read-bounded-file.ts';
import { systemClock } from '../core/clock.ts';
import { providerKinds } from '../providers/registry.ts';
import { openStorage, type Storage } from '../storage/open-storage.ts';
import { StorageError } from '../storage/storage-error.ts';
import type { ArgumentsOf, FlagSpecs } from './arguments.ts';
import { CliError } from './cli-error.ts';
import type { CommandContext } from './command.ts';
import { exitCodes } from './exit-code.ts';

/** The flags of every command that works on a server's own store. */
export const storeFlags = {
  config: {
    kind: 'text',
    value: 'FILE',
    description: "The server's configuration file. Default: SIGNALBOX_CONFIG, else ./signalbox.yaml if it is there.",
  },
} as const satisfies FlagSpecs;

/**
 * Runs something on the store that a server with this configuration has, and tells what is wrong with either in words for a person. A
 * server may run at the same time.
 *
 * @throws CliError when the configuration cannot be read, or the store cannot be used or ends with the process.
 */
export async function useOwnStore<Result>(
  args: ArgumentsOf<typeof storeFlags>,
  { env }: Pick<CommandContext, 'env'>,
  run: (storage: Storage) => Promise<Result>,
): Promise<Result> {
  try {
    const { storage: options } = readConfig(args.text('config'), env);
    if (options.url === 'sqlite::memory:') {
      const message = 'The store is in memory, so nothing could be kept in it. Set storage.url to a file.';
      throw new CliError(exitCodes.failed, message);
    }
    const storage = await openStorage({ ...options, clock: systemClock });
    try {
      return await run(storage);
    } finally {
      await storage.close();
    }
  } catch (thrown) {
    throw thrown instanceof StorageError ? new CliError(exitCodes.failed, thrown.message) : thrown;
  }
}

/** The configuration as the server reads it. */
function readConfig(file: string | undefined, env: CommandContext['env']): Config {
  try {
    const launch = loadConfig({
      argv: file === undefined ? [] : [`--config=${file}`],
      cwd: process.cwd(),
      env,
      readFile: readBoundedFile,
      knownKinds: providerKinds,
    });
    if (launch.action === 'serve') return launch.config;
  } catch (thrown) {
    if (!(thrown instanceof ConfigError)) throw thrown;
    const faults = thrown.problems.map((description) => ({ field: '', description }));
    throw new CliError(exitCodes.failed, 'The configuration of the server cannot be used:', { faults });
  }
  throw new Error('Without other flags the command line is that of a server that serves.');
}
