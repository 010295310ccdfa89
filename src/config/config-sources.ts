import type { Environment } from './environment.ts';

/**
 * Reads a file at startup.
 *
 * @param path - absolute.
 * @param maxBytes - how much is of use: what lies beyond `maxBytes + 1` bytes may be left out.
 * @throws whatever node:fs throws, with its `code`.
 */
export type ReadFile = (path: string, maxBytes: number) => Uint8Array;

/** A setting that only one kind of provider has. */
export interface KnownOption {
  readonly name: string;
  /** The environment variable that it is in when the file does not say it. */
  readonly variable: string;
  /** Environment variables that are read in this order while that one is not set. Default: none. */
  readonly otherVariables?: readonly string[];
  /** Whether it is part of a secret. Where the file says one of them, none is taken from variables. Default false. */
  readonly isSecret?: boolean;
}

/** What the configuration must know of a kind of provider: part of what a provider's folder exports. */
export interface KnownKind {
  /** The name that `kind` takes. */
  readonly kind: string;
  /** The environment variable that its key is usually in. `undefined`: it needs none. */
  readonly apiKeyVariable: string | undefined;
  /** Environment variables that are read in this order while the usual one is not set. Default: none. */
  readonly otherKeyVariables?: readonly string[];
  /** The environment variable that its base URL is in when the file does not say it. Default: none. */
  readonly baseUrlVariable?: string;
  /** The settings that only this kind has, and the environment variables that they are in when the file does not say them. Default: none. */
  readonly options?: readonly KnownOption[];
  /** Names that `kind` takes in its place. Default: none. */
  readonly aliases?: readonly string[];
  /** Whether a provider of this kind exists without a line in the configuration. */
  readonly builtIn: boolean;
}

/** What the text of the configuration is resolved against. */
export interface ConfigSources {
  readonly env: Environment;
  readonly readFile: ReadFile;
  readonly knownKinds: readonly KnownKind[];
  /** The folder that relative paths start at, absolute: the configuration file's, or the working directory without one. */
  readonly baseFolder: string;
  /** Where a path of the file's values stands. `undefined`: nowhere. */
  readonly locate?: ((path: readonly PropertyKey[]) => string) | undefined;
}
