import { once } from 'node:events';
import { formatCredential } from '../../src/auth/credential.ts';
import { type Composition, composeServer } from '../../src/compose-server.ts';
import { loadConfig } from '../../src/config/load-config.ts';
import { type Clock, systemClock } from '../../src/core/clock.ts';
import { providerKinds } from '../../src/providers/registry.ts';
import type { LoadProbe } from '../../src/wire/overload/load-probe.ts';

/** How a server of a test differs from one with the defaults, sandbox and a key. */
export interface TestServerOptions {
  /** The configuration file. `server.port` and `storage` are the test's own. Default: none. */
  readonly config?: string;
  /** Environment variables. Default: none. */
  readonly env?: Readonly<Record<string, string>>;
  /** Default: the machine's clock. */
  readonly clock?: Clock;
  /** Draws the variants of calls without a user. Default: by chance. */
  readonly random?: () => number;
  /** Measures the load of the process. Default: the process itself is measured. */
  readonly loadProbe?: LoadProbe;
}

/** A whole server on a free port of the loopback interface, its store in memory. */
export interface TestServer {
  readonly port: number;
  /** Such as `http://127.0.0.1:1234`. */
  readonly origin: string;
  /** `Bearer` and a key with all scopes. */
  readonly authorization: string;
  /** The key itself: base64 of id and secret. */
  readonly apiKey: string;
  /** The log so far, a parsed object each line. */
  readonly log: readonly Readonly<Record<string, unknown>>[];
  /** The next line of the log with this `msg` that no call of this has given yet; waits for it. */
  nextLogLine(message: string): Promise<Readonly<Record<string, unknown>>>;
  readonly composition: Composition;
  /** Stops it; what is in flight is cut. */
  close(): Promise<void>;
  [Symbol.asyncDispose](): Promise<void>;
}

const keyId = 'test';
const keySecret = 'the secret of the tests';

/** Starts a server that is whole: configuration, store, keys, providers, log, port. */
export async function startTestServer(options: TestServerOptions = {}): Promise<TestServer> {
  const { clock = systemClock, config: file = '', env = {}, random, loadProbe } = options;
  const launch = loadConfig({
    argv: ['--config', 'test.yaml', '--host', '127.0.0.1', '--port', '0'],
    cwd: '/',
    env: { SIGNALBOX_API_KEY: `${keyId}:${keySecret}`, ...env },
    readFile: () => Buffer.from(`storage: { url: "sqlite::memory:" }\n${file}`),
    knownKinds: providerKinds,
  });
  if (launch.action !== 'serve') throw new Error(`the configuration is for ${launch.action}`);

  const log: Readonly<Record<string, unknown>>[] = [];
  const lines = new EventTarget();
  let given = 0;
  const logDestination = {
    write(line: string): void {
      log.push(JSON.parse(line));
      lines.dispatchEvent(new Event('line'));
    },
  };
  const composition = await composeServer({
    config: launch.config,
    clock,
    logDestination,
    loadProbe,
    ...(random && { random }),
  });
  const { port } = await composition.server.listen();

  async function close(): Promise<void> {
    composition.server.destroy();
    await composition.close();
  }
  return {
    port,
    origin: `http://127.0.0.1:${port}`,
    apiKey: formatCredential(keyId, keySecret),
    authorization: `Bearer ${formatCredential(keyId, keySecret)}`,
    log,
    async nextLogLine(message) {
      for (;;) {
        for (; given < log.length; given += 1) {
          const line = log[given];
          if (line?.['msg'] !== message) continue;
          given += 1;
          return line;
        }
        await once(lines, 'line');
      }
    },
    composition,
    close,
    [Symbol.asyncDispose]: close,
  };
}
