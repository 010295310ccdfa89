import { dirname, resolve } from 'node:path';
import { ConfigError } from './config-error.ts';
import type { ReadFile } from './config-sources.ts';
import { parseYaml } from './parse-yaml.ts';
import { describeReadProblem } from './read-bounded-file.ts';
import { escapeControls, showName } from './show-name.ts';

/** The largest configuration file. */
export const maxFileBytes = 1024 * 1024;
/** More of a file's name than messages show of other names: its end says most. */
const maxShownPath = 1024;
/** The file that is read when none is named. */
export const defaultFileName = 'signalbox.yaml';

/** Where a configuration file is. */
export interface ConfigFilePlace {
  /** As it was named, for messages. */
  readonly name: string;
  /** Absolute. */
  readonly path: string;
}

/** A configuration file's content, not validated. */
export interface ConfigFile {
  /** `undefined`: there is no file. */
  readonly place: ConfigFilePlace | undefined;
  /** The folder that its relative paths start at, absolute. */
  readonly folder: string;
  /** JSON-like data. `undefined`: the file is empty, or there is none. */
  readonly value: unknown;
  /** Where a path of the data stands, such as `signalbox.yaml:3`. */
  locate(path: readonly PropertyKey[]): string;
}

/**
 * Reads the configuration file.
 *
 * @param named - the file that a flag or variable names, with the name of that flag or variable. Without one the default file is
 * read if it is there.
 * @param cwd - what relative names start at, absolute.
 * @throws ConfigError when it cannot be read or is no YAML.
 */
export function readConfigFile(
  named: { readonly name: string; readonly source: string } | undefined,
  cwd: string,
  readFile: ReadFile,
): ConfigFile {
  const name = named?.name ?? defaultFileName;
  const path = resolve(cwd, name);
  let content: Uint8Array;
  try {
    content = readFile(path, maxFileBytes);
  } catch (thrown) {
    if (named === undefined && isNotThere(thrown)) {
      return { place: undefined, folder: cwd, value: undefined, locate: () => '' };
    }
    const source = named === undefined ? '' : ` that ${named.source} names`;
    throw new ConfigError([
      `The configuration file ${showName(name, maxShownPath)}${source} cannot be read: ${describeReadProblem(thrown)}.`,
    ]);
  }
  return decodeConfigFile(content, name, path);
}

/**
 * Makes values of a configuration file's content.
 *
 * @param name - the file as it was named, for messages.
 * @param path - where it is, absolute.
 * @throws ConfigError when it is no YAML.
 */
export function decodeConfigFile(content: Uint8Array, name: string, path: string): ConfigFile {
  const parsed = parseYaml(decodeText(content, name));
  if (!parsed.ok) throw new ConfigError(parsed.problems.map(({ line, text }) => `${showPlace(name, line)}: ${text}`));
  return {
    place: { name, path },
    folder: dirname(path),
    value: parsed.value,
    locate: (valuePath) => showPlace(name, parsed.lineOf(valuePath)),
  };
}

function isNotThere(thrown: unknown): boolean {
  return thrown instanceof Error && 'code' in thrown && thrown.code === 'ENOENT';
}

function decodeText(content: Uint8Array, name: string): string {
  if (content.length > maxFileBytes) {
    throw new ConfigError([
      `The configuration file ${showName(name, maxShownPath)} is longer than ${maxFileBytes} bytes.`,
    ]);
  }
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(content);
  } catch {
    throw new ConfigError([
      `The configuration file ${showName(name, maxShownPath)} is not UTF-8 text. Save it as UTF-8.`,
    ]);
  }
}

function showPlace(name: string, line: number | undefined): string {
  const shown = escapeControls(name);
  return line === undefined ? shown : `${shown}:${line}`;
}
