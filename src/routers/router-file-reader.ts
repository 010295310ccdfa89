import { basename, join } from 'node:path';
import { ConfigError } from '../config/config-error.ts';
import { maxFileBytes } from '../config/config-file.ts';
import { type InlineRouters, readInlineRouters } from '../config/inline-routers.ts';
import { describeReadProblem } from '../config/read-bounded-file.ts';
import { escapeControls } from '../config/show-name.ts';
import type { RouterEntry } from './decode-router-entry.ts';
import { decodeEntries, type ParsedRouterFile, parseRouterFile } from './parse-router-file.ts';
import type { RouterFileSystem } from './router-file-system.ts';
import type { RouterRules } from './router-limits.ts';

/** The most files of the folder. */
const maxFiles = 10_000;
/** How many files are looked at at a time. */
const batchSize = 64;

/** Where routers are read from. */
export interface RouterFilePlaces {
  /** The list in the configuration file, as it was read at the start. */
  readonly inline: InlineRouters;
  /** The configuration file: its name for messages, and its absolute path. `undefined`: there is none to read again. */
  readonly configFile: { readonly name: string; readonly path: string } | undefined;
  /** The folder, absolute. `undefined`: there is none. */
  readonly folder: string | undefined;
  readonly fileSystem: RouterFileSystem;
}

/** A router of a file, with the file's name as clients may see it: without its folder. */
export interface PlacedEntry extends RouterEntry {
  readonly file: string;
}

/** What all files hold together. */
export interface ReadRouters {
  readonly entries: readonly PlacedEntry[];
  /** One sentence each, all of them. */
  readonly problems: readonly string[];
  /** Whether any file is another one than at the last reading. */
  readonly hasChanged: boolean;
}

/** A file as it was read last. */
interface KnownFile extends ParsedRouterFile {
  readonly stamp: string | undefined;
  readonly file: string;
}

/** Reads the files of routers, each again only when it has changed. */
export class RouterFileReader {
  readonly #places: RouterFilePlaces;
  readonly #rules: RouterRules;
  #known = new Map<string, KnownFile>();
  #inline: KnownFile | undefined;

  constructor(places: RouterFilePlaces, rules: RouterRules) {
    this.#places = places;
    this.#rules = rules;
  }

  /** Reads what there is at the start: the list of the configuration file that was read already, and the folder. */
  async readFirst(): Promise<ReadRouters> {
    const { inline, configFile } = this.#places;
    this.#inline = { ...this.#decodeInline(inline), stamp: undefined, file: basename(configFile?.name ?? '') };
    await this.#readFolder();
    return this.#collect(true);
  }

  /** Reads what has changed since. */
  async readAgain(): Promise<ReadRouters> {
    const hasInlineChanged = await this.#readConfigFile();
    const hasFolderChanged = await this.#readFolder();
    return this.#collect(hasInlineChanged || hasFolderChanged);
  }

  #collect(hasChanged: boolean): ReadRouters {
    const files = [...(this.#inline === undefined ? [] : [this.#inline]), ...this.#known.values()];
    return {
      entries: files.flatMap(({ entries, file }) => entries.map((entry) => ({ ...entry, file }))),
      problems: files.flatMap(({ problems }) => problems),
      hasChanged,
    };
  }

  #decodeInline(inline: InlineRouters): ParsedRouterFile {
    return decodeEntries(inline.entries, ['routers'], ([, ...path]) => inline.locate(path), this.#rules);
  }

  async #readConfigFile(): Promise<boolean> {
    const { configFile, fileSystem } = this.#places;
    if (configFile === undefined) return false;
    const read = (content: Uint8Array): ParsedRouterFile => {
      try {
        return this.#decodeInline(readInlineRouters(content, configFile));
      } catch (thrown) {
        if (thrown instanceof ConfigError) return { entries: [], problems: thrown.problems };
        throw thrown;
      }
    };
    const now = await readIfChanged(configFile.path, configFile.name, this.#inline, fileSystem, read);
    const hasChanged = now !== this.#inline;
    this.#inline = now;
    return hasChanged;
  }

  async #readFolder(): Promise<boolean> {
    const { folder, fileSystem } = this.#places;
    if (folder === undefined) return false;
    const next = new Map<string, KnownFile>();
    let names: string[];
    try {
      names = await fileSystem.list(folder, isRouterFile, maxFiles);
      names.sort();
      if (names.length > maxFiles) next.set(folder, createFailed(folder, `it holds more than ${maxFiles} files`));
    } catch (thrown) {
      names = [];
      next.set(folder, createFailed(folder, describeFolderProblem(thrown)));
    }
    if (next.size === 0) {
      for (let start = 0; start < names.length; start += batchSize) {
        const batch = names.slice(start, start + batchSize).map((name) => join(folder, name));
        const files = await Promise.all(batch.map((path) => this.#readFile(path)));
        batch.forEach((path, index) => {
          const file = files[index];
          if (file !== undefined) next.set(path, file);
        });
      }
    }
    const hasChanged =
      next.size !== this.#known.size || [...next].some(([path, file]) => this.#known.get(path) !== file);
    this.#known = next;
    return hasChanged;
  }

  #readFile(path: string): Promise<KnownFile> {
    const { fileSystem } = this.#places;
    const read = (content: Uint8Array): ParsedRouterFile => parseRouterFile(content, path, this.#rules);
    return readIfChanged(path, path, this.#known.get(path), fileSystem, read);
  }
}

/** Editors keep their own files beside those that they edit, with a dot in front. */
function isRouterFile(name: string): boolean {
  return !name.startsWith('.') && /\.(?:yaml|yml|json)$/.test(name);
}

/** The file as it was, when its stamp is the same. The stamp is older than the content, so that a change in between is seen next time. */
async function readIfChanged(
  path: string,
  shownPath: string,
  known: KnownFile | undefined,
  fileSystem: RouterFileSystem,
  parse: (content: Uint8Array) => ParsedRouterFile,
): Promise<KnownFile> {
  let file: KnownFile;
  try {
    const stamp = await fileSystem.stamp(path);
    if (stamp !== undefined && stamp === known?.stamp) return known;
    if (stamp === undefined) {
      file = createFailed(shownPath, 'it is no file');
    } else {
      const content = await fileSystem.read(path, maxFileBytes);
      if (content.length <= maxFileBytes) return { ...parse(content), stamp, file: basename(shownPath) };
      file = { ...createFailed(shownPath, `it is longer than ${maxFileBytes} bytes`), stamp };
    }
  } catch (thrown) {
    file = createFailed(shownPath, describeReadProblem(thrown));
  }
  // A file that cannot be read is tried every time. It has changed only when the reason has.
  const isSame = known?.stamp === file.stamp && known?.problems[0] === file.problems[0];
  return isSame && known !== undefined ? known : file;
}

function createFailed(path: string, problem: string): KnownFile {
  const text = `${escapeControls(path)}: It cannot be read: ${problem}.`;
  return { entries: [], problems: [text], stamp: undefined, file: basename(path) };
}

function describeFolderProblem(thrown: unknown): string {
  const code = thrown instanceof Error && 'code' in thrown ? thrown.code : undefined;
  if (code === 'ENOENT') return 'there is no such folder';
  return code === 'ENOTDIR' ? 'it is no folder' : describeReadProblem(thrown);
}
