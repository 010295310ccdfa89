import type { Config } from '../../src/config/config.ts';
import { ConfigError } from '../../src/config/config-error.ts';
import type { KnownKind, ReadFile } from '../../src/config/config-sources.ts';
import { type Launch, loadConfig } from '../../src/config/load-config.ts';

/** The working directory of every load. */
export const cwd = '/srv/app';

export const knownKinds: readonly KnownKind[] = [
  { kind: 'openai', apiKeyVariable: 'OPENAI_API_KEY', builtIn: true },
  { kind: 'openai-compatible', apiKeyVariable: undefined, builtIn: false },
  { kind: 'sandbox', apiKeyVariable: undefined, builtIn: true },
];

/** What a load finds; by default nothing. */
export interface Surroundings {
  readonly argv?: readonly string[];
  readonly env?: Readonly<Record<string, string | undefined>>;
  /** The content of ./signalbox.yaml. */
  readonly file?: string;
  /** Contents by absolute path, or the code of the error that reading throws. */
  readonly files?: Readonly<Record<string, string | Uint8Array | { readonly code: string }>>;
}

function createReadFile({ file, files = {} }: Surroundings): ReadFile {
  const all: Surroundings['files'] = { ...(file === undefined ? {} : { [`${cwd}/signalbox.yaml`]: file }), ...files };
  return (path) => {
    const content = all[path] ?? { code: 'ENOENT' };
    if (typeof content === 'string') return Buffer.from(content);
    if (content instanceof Uint8Array) return content;
    throw Object.assign(new Error(`${content.code}: ${path}`), content);
  };
}

/** Starts the program as far as its configuration. */
export function launch(surroundings: Surroundings): Launch {
  const { argv = [], env = {} } = surroundings;
  return loadConfig({ argv, env, cwd, readFile: createReadFile(surroundings), knownKinds });
}

/** The configuration that comes of it. */
export function load(surroundings: Surroundings): Config {
  const launched = launch(surroundings);
  if (!('config' in launched)) throw new Error(`there is no configuration for ${launched.action}`);
  return launched.config;
}

/** The problems that keep it from loading. */
export function problemsOf(surroundings: Surroundings): readonly string[] {
  try {
    launch(surroundings);
  } catch (thrown) {
    if (thrown instanceof ConfigError) return thrown.problems;
    throw thrown;
  }
  throw new Error('the configuration loads');
}
