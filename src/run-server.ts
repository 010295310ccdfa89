import type { AddressInfo } from 'node:net';
import { isatty } from 'node:tty';
import { createBanner, createBaseUrl } from './banner.ts';
import { type Composition, composeServer } from './compose-server.ts';
import { createHelpText, parseCommandLine } from './config/command-line.ts';
import type { Config } from './config/config.ts';
import { ConfigError } from './config/config-error.ts';
import type { ConfigFilePlace } from './config/config-file.ts';
import { describeConfig } from './config/describe-config.ts';
import { loadConfig } from './config/load-config.ts';
import { readOverrides } from './config/overrides.ts';
import { readBoundedFile } from './config/read-bounded-file.ts';
import { systemClock } from './core/clock.ts';
import { describeListenProblem } from './describe-listen-problem.ts';
import { openRouterFiles } from './open-router-files.ts';
import { providerKinds } from './providers/registry.ts';
import { stopOnSignal } from './stop-on-signal.ts';
import { StorageError } from './storage/storage-error.ts';
import { LogDestination } from './telemetry/log-destination.ts';
import { version } from './version.ts';

/** How long the last lines of the log may take when the process is to end at once, in milliseconds. */
const lastWordsMs = 200;

/** What the process ends with when its command line is wrong, as docs/cli.md lists it for every command. */
const commandLineExitCode = 2;

/**
 * Runs the server: reads the configuration, builds, listens, and stops on a signal.
 *
 * @param argv - the flags.
 */
export async function runServer(argv: readonly string[]): Promise<void> {
  try {
    const launch = loadConfig({
      argv,
      cwd: process.cwd(),
      env: process.env,
      readFile: readBoundedFile,
      knownKinds: providerKinds,
    });
    if (launch.action === 'serve') await serve(launch.config, launch.configFile);
    else if (launch.action === 'check') process.stdout.write(await describeChecked(launch.config, launch.configFile));
    else process.stdout.write(launch.action === 'help' ? createHelpText() : `${version}\n`);
  } catch (thrown) {
    const problem = describeStartProblem(thrown);
    if (problem === undefined) throw thrown;
    process.stderr.write(`${problem}\n`);
    process.exitCode = isCommandLineWrong(argv) ? commandLineExitCode : 1;
  }
}

/** Whether a start failed since the command line is wrong by itself, whatever the environment and the file say. */
function isCommandLineWrong(argv: readonly string[]): boolean {
  try {
    readOverrides(parseCommandLine(argv), {});
    return false;
  } catch (thrown) {
    return thrown instanceof ConfigError;
  }
}

/** What to tell an operator of a start that failed for a reason that is theirs to mend. `undefined`: it is a mistake of ours. */
function describeStartProblem(thrown: unknown): string | undefined {
  if (thrown instanceof ConfigError || thrown instanceof StorageError) return thrown.message;
  return describeListenProblem(thrown);
}

/** The effective configuration, once the routers of files have been read as well. */
async function describeChecked(config: Config, configFile: ConfigFilePlace | undefined): Promise<string> {
  const onNotice = (): void => {};
  const files = await openRouterFiles({ config, configFile, clock: systemClock }, onNotice);
  await files.close();
  return describeConfig(config, files.routers.length);
}

async function serve(config: Config, configFile: ConfigFilePlace | undefined): Promise<void> {
  const logDestination = new LogDestination({
    fd: process.stdout.fd,
    clock: systemClock,
    maxBufferedBytes: config.log.maxBufferedBytes,
  });
  const composition = await composeServer({
    config,
    configFile,
    clock: systemClock,
    fetchLocal: fetch,
    logDestination,
  });
  let address: AddressInfo;
  try {
    address = await composition.server.listen();
  } catch (thrown) {
    await composition.close();
    throw thrown;
  }
  announce(composition, config, configFile, address);
  endOnSignal(composition, logDestination);
}

/** Tells where the server is: a page for a person at a terminal, one log line for everything else. */
function announce(
  { logger, providers, firstKey }: Composition,
  config: Config,
  configFile: ConfigFilePlace | undefined,
  address: AddressInfo,
): void {
  const tls = config.server.tls !== undefined;
  if (process.stdout.isTTY) {
    process.stdout.write(
      createBanner({ version, address, tls, providers, configFile: configFile?.name, firstKey, keys: config.keys }),
    );
    return;
  }
  const fields = {
    version,
    url: createBaseUrl({ address, tls }),
    host: address.address,
    port: address.port,
    config_file: configFile?.name,
    providers_live: providers.listLiveIds(),
    providers_off: providers.list().flatMap((entry) => (entry.live ? [] : [entry.id])),
  };
  logger.info(fields, 'listening');
  // Not in the log, which is kept and shipped: a secret that is shown once belongs to whoever started the server.
  if (firstKey !== undefined) process.stderr.write(`A key was made. It is shown this once: ${firstKey}\n`);
}

function endOnSignal({ server, logger, close, reloadRouters }: Composition, logDestination: LogDestination): void {
  const startedAtTerminal = process.stdout.isTTY;
  stopOnSignal({
    signals: process,
    clock: systemClock,
    reload: () => void reloadRouters(),
    isTerminalGone: () => startedAtTerminal && !isatty(process.stdout.fd),
    async stop(signal) {
      logger.info({ signal }, 'stopping: answers in flight may finish; the signal again ends them');
      const { cutConnections } = await server.drain();
      await close();
      logger.info({ cut_connections: cutConnections }, 'stopped');
      await logDestination.close();
      process.exit(0);
    },
    async stopAtOnce(signal) {
      logger.warn({ signal }, 'stopped at once: answers in flight are cut');
      server.destroy();
      // process.exit would wait for a log that nobody reads.
      systemClock.after(lastWordsMs, () => process.kill(process.pid, 'SIGKILL'));
      await logDestination.close();
      process.exit(1);
    },
  });
}
